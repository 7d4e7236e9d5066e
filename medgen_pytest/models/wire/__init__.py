"""Models behind JSON protocols over plain HTTP: Gemini, Imagen, gateway predictions, and any other by template."""
