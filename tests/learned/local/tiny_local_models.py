"""Tiny local models: a vision-language model and pipelines with random weights, saved as users' checkpoints are."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.learned.packages import require

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["a", "b", "left", "right", "yes", "no", "there", "is", "lesion", "organ", "remove", "the", "noise", "image"]
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} : "
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }} {% endif %}"
    "{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}assistant :{% endif %}{{ suffix | default('') }}"
)
MARKS = {"pad_token": "<pad>", "unk_token": "<unk>", "eos_token": "</s>", "bos_token": "<s>"}
EOS = 2


def _word_tokenizer(*special: str) -> Any:
    """A tokenizer of whole words that knows a few."""
    tokenizers, transformers = require("tokenizers"), require("transformers")
    names = [*MARKS.values(), *special, *WORDS, "user", "assistant", ":"]
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({name: place for place, name in enumerate(names)}, MARKS["unk_token"])
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        additional_special_tokens=list(special),
        **MARKS,
    )


def save_vision_language_model(folder: Path, *, says: str | None = None, template: str | None = TEMPLATE) -> Path:
    """A Llava of two layers with a vocabulary of a few words.

    Its answers are noise that depends on image and question, or what it `says` whatever it is asked: words
    that are all different.
    """
    torch, transformers = require("torch"), require("transformers")
    torch.manual_seed(0)
    tokenizer = _word_tokenizer("<image>", "<think>", "</think>")
    vision = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8
    )
    text = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        initializer_range=0.6,
        pad_token_id=0,
        bos_token_id=3,
        eos_token_id=EOS,
    )
    config = transformers.LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    model = transformers.LlavaForConditionalGeneration(config)
    model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, EOS
    with torch.no_grad():
        head = model.lm_head.weight
        head[: tokenizer.convert_tokens_to_ids("a")] = 0.0  # else it says little but special tokens
        if says is not None:
            _teach(model, [":", *says.split()], tokenizer)
    images = transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = transformers.LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _teach(model: Any, words: list[str], tokenizer: Any) -> None:
    """Makes a model say words in their order: each word's state is its own axis, and calls the next word."""
    text = model.model.language_model
    for layer in text.layers:  # nothing is added to the states
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    size = len(tokenizer)
    text.embed_tokens.weight.zero_()
    text.embed_tokens.weight[range(size), range(size)] = 1.0
    model.lm_head.weight.zero_()
    numbers = tokenizer.convert_tokens_to_ids([*words, "</s>"])
    for number, following in pairwise(numbers):
        model.lm_head.weight[following, number] = 1.0


def _clip_parts(torch: Any, folder: Path) -> dict[str, Any]:
    """The parts that pipelines of the Stable Diffusion family share, as small as they can be."""
    diffusers, transformers = require("diffusers"), require("transformers")
    vocabulary = ["<|startoftext|>", "<|endoftext|>", *(f"{letter}</w>" for letter in LETTERS)]
    vocabulary += list(LETTERS)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(vocabulary)}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    tokenizer = transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    text = transformers.CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    torch.manual_seed(0)
    return {
        "tokenizer": tokenizer,
        "text_encoder": transformers.CLIPTextModel(text),
        "vae": diffusers.AutoencoderKL(
            block_out_channels=(8, 8),
            norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
            up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
            latent_channels=4,
            sample_size=32,
        ),
        "scheduler": diffusers.DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
    }


def _unet(diffusers: Any, *, channels: int) -> Any:
    return diffusers.UNet2DConditionModel(
        in_channels=channels,
        out_channels=4,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=2,
        sample_size=16,
    )


def save_pipeline(folder: Path, *, kind: str = "StableDiffusionInstructPix2PixPipeline") -> Path:
    """A pipeline of the Stable Diffusion family; what it makes is noise, and depends on image, prompt and seed."""
    torch, diffusers = require("torch"), require("diffusers")
    parts = _clip_parts(torch, folder / "words")
    channels = {"StableDiffusionInstructPix2PixPipeline": 8, "StableDiffusionInpaintPipeline": 9}.get(kind, 4)
    pipeline = getattr(diffusers, kind)(
        **parts,
        unet=_unet(diffusers, channels=channels),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder
