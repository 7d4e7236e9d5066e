"""Families of models, by their names."""

from __future__ import annotations

import pytest

from medgen_pytest.judge.family import family_of


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o", "openai"),
        ("chatgpt-4o-latest", "openai"),
        ("openai/gpt-oss-120b", "openai"),
        ("o3", "openai"),
        ("o4-mini", "openai"),
        ("dall-e-3", "openai"),
        ("gpt-image-1-mini", "openai"),
        ("gemini-2.5-flash", "google"),
        ("models/gemini-2.5-flash-image", "google"),
        ("imagen-4.0-fast-generate-001", "google"),
        ("google/medgemma-27b-it", "google"),
        ("qwen3-vl-235b-a22b-instruct", "qwen"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen"),
        ("qwen-image-edit", "qwen"),
        ("claude-sonnet-4-5", "anthropic"),
        ("us.anthropic.claude-opus-4", "anthropic"),
        ("meta-llama/Llama-4-Scout", "meta"),
        ("deepseek-r1-distill-qwen-7b", "deepseek"),
        ("pixtral-large", "mistral"),
        ("OpenGVLab/InternVL3-78B", "internvl"),
        ("doubao-seedream-4-0-250828", "bytedance"),
        ("seed-1.6-vision", "bytedance"),
        ("grok-4", "xai"),
        ("glm-4.5v", "zhipu"),
        ("HuatuoGPT-Vision-7B", "huatuogpt"),
        ("MiniGPT-4", None),
        ("show-o2", "show-o"),
        ("my-judge", None),
        ("echo1", None),
        ("", None),
    ],
)
def test_the_name_of_a_model_tells_its_family(model: str, family: str | None) -> None:
    assert family_of({"adapter": "openai_chat", "model": model, "base_url": "http://127.0.0.1:8000/v1"}) == family


def test_the_name_goes_before_the_address() -> None:
    address = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"

    assert family_of({"adapter": "openai_chat", "model": "deepseek-v3", "base_url": address}) == "deepseek"


@pytest.mark.parametrize(
    ("identity", "family"),
    [
        ({"adapter": "openai_chat", "model": "ft:mine", "base_url": "https://api.openai.com/v1"}, "openai"),
        ({"adapter": "openai_chat", "model": "mine", "base_url": "https://api.openai.com.example.org"}, None),
        ({"adapter": "gemini", "model": "tuned-1"}, "google"),
        ({"adapter": "process", "command": ["python", "run_radfm.py"]}, "radfm"),
        ({"adapter": "python", "target": "mine:judge", "own": {"model": "qwen3-vl"}}, "qwen"),
        ({"adapter": "compositional", "text": {"model": "gpt-4o"}, "image": {"model": "seedream-4.0"}}, "openai"),
        ({"adapter": "compositional", "text": {"model": "mine"}, "image": {"model": "seedream-4.0"}}, "bytedance"),
        ({"model": {"adapter": "openai_chat", "model": "claude-opus-4"}, "rubric": {}}, "anthropic"),
        ({"model": 5}, None),
        ({}, None),
    ],
)
def test_addresses_commands_and_parts_tell_it_too(identity: dict[str, object], family: str | None) -> None:
    assert family_of(identity) == family
