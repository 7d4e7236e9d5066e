"""Signs of steering: wordings by which an answer tries to win its judge over, in several languages.

They only mark an answer for people to look at, so each is worded to leave clinical texts alone: "pain 10/10",
"Apgar score 10" and "ASSISTANT: Dr. Smith" are none.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CHARACTERS = 200_000
"""How much of a text is looked at."""

# Cyrillic and Greek letters that look like Latin ones, as evasion writes them.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u0501\u0475\u03b1\u03bf\u03b5\u03bd\u03c4\u03b9\u03c1\u03c5",
    "aeopcyxisjdvaoevtipu",
)
_SPACE = re.compile(r"\s+")

# Parts of the wordings, which are read with re.VERBOSE: blanks and line breaks in them say nothing.
_TEN = r"""
    (?:10(?:[.,]0)?|ten)(?![\d.,:/-]*\d)
    (?=\s*(?:/|out\s+of\b|points?\b|(?:for|in|on)\s+(?:every|all|each)\b|[.,;!?"')}\]]|$))
"""
_BEST = r"(?:full|max(?:imum|imal)?|perfect|highest|top|best)(?:\s+possible)?"
_MARKS = r"(?:marks?|scores?|points?|ratings?|grades?)"
_OBJECT = r"""
    (?:(?:this|that|my|our|the|every|each|all|its)\s+(?:\w+\s+){0,2})?
    (?:answers?|responses?|outputs?|images?|reports?|results?|submissions?|candidates?|texts?|generations?|dimensions?
    |criteria|criterion|categor(?:y|ies)|scores?|it|this|me|us|everything|itself)
"""
_RULES = r"""
    (?:instructions?|rubrics?|prompts?|rules|criteria|guidelines|directions|scoring|scale|checklists?
    |ground\s+truths?|references?)
"""
_GAP = r"[^.!?]{0,40}?"

# Looked for in the text in lower case, with single blanks.
_WORDINGS: Mapping[str, tuple[str, ...]] = {
    "instruction_to_judge": (
        rf"""\b(?:ignore|disregard|forget|override|bypass|skip|do\s+not\s+(?:follow|apply|use))\s+
        (?:\w+\s+){{0,5}}{_RULES}\b""",
        r"\b(?:new|updated|revised|real)\s+(?:system\s+)?(?:instructions?|rubric|prompt)\s*:",
        r"\byou\s+(?:are|must|will)\s+now\s+(?:a|an|the|act|give|rate|score|judge|ignore|in)\b",
        r"\b(?:system\s+prompt|developer\s+mode|jailbreak)\b",
        # Chinese, Japanese
        r"""(?:忽略|无视|無視|忘记|忘掉|不要理会|不用管).{0,15}
        (?:指令|指示|说明|规则|規則|标准|標準|评分|評分|提示|要求|参考答案)""",
        r"(?:指示|命令|ルール|規則|基準|プロンプト|採点).{0,8}(?:無視|忘れ)",
        # Spanish, French, Portuguese, Italian
        rf"""\b(?:ignora|ignore|ignorez|ignorer|olvida|olvide|omite|oublie[zr]?|desconsidere|esque[cç]a|dimentica)\b
        {_GAP}\b(?:instrucciones|r[uú]bricas?|criterios?|reglas|consignes|grille|crit[eè]res|r[eè]gles
        |instru[cç][oõ]es|crit[eé]rios?|regras|istruzioni|criteri|regole|consegne)\b""",
        # German, Russian, Arabic, Korean
        rf"""\b(?:ignorier\w*|vergiss|vergessen\s+sie|missachte\w*)\b{_GAP}
        (?:anweisung|regel|vorgabe|kriteri|rubrik|bewertungs|bewertungen|anleitung|referenz)""",
        rf"""(?:игнорируй|проигнорируй|забудь|не\s+обращай)\w*{_GAP}
        (?:инструкц|правил|критери|указани|рубрик)""",
        r"(?:تجاهل|انس).{0,20}(?:التعليمات|المعايير|القواعد)",
        r"(?:지시|규칙|기준|명령).{0,8}무시",
    ),
    "score_request": (
        rf"""\b(?:give|award|assign|grant|grade|rate|score|mark)\s+{_OBJECT}\b{_GAP}
        \b(?:{_TEN}|{_BEST}\s+{_MARKS}\b)""",
        rf"""\b(?:give|award|assign|grant|return|output|put|(?:respond|reply|answer)\s+with)\s+
        (?:\w+\s+){{0,3}}?{_BEST}\s+{_MARKS}\b""",
        rf"""\b(?:deserves?|merits?|(?:should|must)\s+(?:get|receive|be\s+given))\s+
        (?:\w+\s+){{0,3}}?(?:{_BEST}\s+{_MARKS}\b|{_TEN})""",
        rf"""(?:^|[.!?:;,]\s?|\b(?:please|just|simply|must|should|always|only|and|then|to)\s+)
        (?:give|award|assign|answer|respond|reply|output|return|print|say|write|score|rate)\s+
        (?:(?:with|only|just|a|an|the|score|number|rating|of)\s+){{0,5}}{_TEN}""",
        r"(?:给|給|打|[评評](?!分)|打出).{0,6}(?:满分|滿分|(?:10|十)\s*分)",
        r"(?:10|十|満)\s*点.{0,6}(?:つけ|付け|与え|くださ|採点)",
        rf"""\b(?:da|dale|d[eé]|otorga|asigna|pon|califica|donne[zr]?|attribue[zr]?|mets|mettez|atribua|assegna|dai)\b
        {_GAP}(?:\b(?:10|diez|dix|dez|dieci)\b(?=\s*(?:/|puntos|points|pontos|punti|sobre|sur|[.,;!)]|$))
        |(?:puntuaci[oó]n|nota|calificaci[oó]n|pontua[cç][aã]o)\s+m[aá]xima
        |(?:note|score)\s+maximale?|punteggio\s+massimo)""",
        rf"""\b(?:gib|geben\s+sie|vergib|vergeben\s+sie|bewerte|bewerten\s+sie)\b{_GAP}
        (?:\b(?:10|zehn)\b\s*(?:/|von|punkte)
        |(?:volle|maximale|h[oö]chste)\s*(?:punkt|note|bewertung|wertung)|h[oö]chst(?:punkt|note|wert))""",
        rf"(?:поставь|дай|присвой|оцени)\w*{_GAP}(?:\b10\b|десять|максимальн)",
        r"(?:أعط|امنح).{0,25}(?:10|عشرة|الدرجة\s+الكاملة)",
        r"(?:10\s*점|만점).{0,6}(?:줘|주세요|부여|매겨)",
    ),
    "score_claim": (
        r"""\b(?:overall|final)[\s_-]{0,3}(?:score|rating|grade|mark)\W{1,6}
        (?:is\W{1,3}|of\W{1,3}|should\s+be\W{1,3}|must\s+be\W{1,3})?(?:10|ten)
        (?:\s*/\s*10|\s+out\s+of\s+(?:10|ten)|\s*["'}\]!]|\s*$)""",
    ),
    "judge_address": (
        r"""\b(?:as|dear|hey|hello|attention|note\s+(?:to|for))\s+(?:the\s+|an?\s+|all\s+|any\s+)?
        (?:ai\s+|llm\s+|vlm\s+)?
        (?:judge|grader|evaluator|examiner|reviewer\s+model|scoring\s+model|language\s+model|ai\s+model)s?\b""",
        r"\byou\s+are\s+(?:the|an?)\s+(?:\w+\s+){0,3}(?:judge|grader|evaluator|(?:scoring|language)\s+model)\b",
        r"""\b(?:judge|grader|evaluator)s?\s*(?:,|:|must|should|shall)\s*
        (?:please|you|ignore|give|rate|score|award|note)\b""",
        r"(?:作为|身为|作為|尊敬的|亲爱的)(?:一名|一位)?(?:评委|评审|裁判|评判|评分|評審|評分|审查模型)",
        r"(?:評価者|採点者|審査員)(?:へ|の皆|として)",
        r"""\b(?:como|estimad[oa]|cher|ch[eè]re|en\s+tant\s+que|lieber|liebe|als|caro)\s+(?:el\s+|la\s+|le\s+)?
        (?:juez|evaluador|juge|[eé]valuateur|gutachter|bewerter|juiz|avaliador|giudice)\b""",
        r"(?:уважаем\w+|дорогой)\s+(?:судья|оценщик)|как\s+судья",
    ),
    "reply_format": (
        r"""["'\u201c\u201d]overall["'\u201c\u201d]\s*:\s*["']?\d""",
        r"""["'\u201c\u201d]scores["'\u201c\u201d]\s*:\s*[{\[]""",
    ),
}
_PATTERNS = {
    kind: re.compile("|".join(f"(?:{wording})" for wording in wordings), re.VERBOSE)
    for kind, wordings in _WORDINGS.items()
}

# Looked for in the lines of the text as they stand.
_LINES = {
    "role_marker": re.compile(
        r"^[ \t>*#\[<(]{0,20}(?:system|developer)(?:[ ](?:prompt|message|note|override))?[\])>*]{0,20}[ \t]{0,20}:"
        r"|^[ \t]{0,20}\#{2,6}[ \t]{0,20}(?:system|instructions?|user|assistant|human)\b[ \t]{0,20}:?[ \t]{0,20}$"
        r"|^[ \t]{0,20}[\[<(](?:system|assistant|user|human|developer)[\])>]"
        r"|^[ \t]{0,20}human[ \t]{0,20}:",
        re.IGNORECASE | re.MULTILINE,
    ),
    "delimiter": re.compile(
        r"<{2}[ \t]{0,20}/?[ \t]{0,20}(?:BEGIN|END)\b|\b(?:BEGIN|END)[ ]DATA\b[^\n>]{0,40}>>", re.IGNORECASE
    ),
}


def signs_in(text: str) -> frozenset[str]:
    """The kinds of attempts to steer that a text holds; empty when there is none.

    Kinds are `instruction_to_judge`, `score_request`, `score_claim`, `judge_address`, `reply_format`,
    `role_marker` and `delimiter`. Case, width of letters, line breaks and letters that look like Latin ones
    do not matter. The first 200,000 characters are looked at, in linear time.
    """
    head = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])
    folded = _SPACE.sub(" ", head.casefold())
    plain = folded.translate(_LOOKALIKES)
    readings = (folded,) if plain == folded else (folded, plain)
    found = {kind for kind, pattern in _PATTERNS.items() if any(pattern.search(reading) for reading in readings)}
    return frozenset(found | {kind for kind, pattern in _LINES.items() if pattern.search(head)})
