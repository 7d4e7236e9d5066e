"""Models behind servers that speak the OpenAI API, by the official `openai` client: chat completions and images."""
