"""How far judges and experts agree, and what that makes of a judge's rates; pure functions of ratings."""
