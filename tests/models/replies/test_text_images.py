"""Images that stand in a text are taken out of it, and the last one counts."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.images import encode_png
from medgen_pytest.models.replies import IllustratedText, read_image, split_images
from tests.models.samples import picture

PIXELS = picture(1)
BASE64 = base64.b64encode(encode_png(PIXELS)).decode()
DATA = f"data:image/png;base64,{BASE64}"
LINES = "\n".join(BASE64[start : start + 64] for start in range(0, len(BASE64), 64))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"![image]({DATA})", ""),
        (f"Here it is:\n\n![the image]({DATA})\n\nAnything else?", "Here it is:\n\n\n\nAnything else?"),
        (f'![]( <{DATA}> "title" )', ""),
        (f"![x](data:image/png;base64,\n{LINES}\n)", ""),
        (f"<img alt='a' src='{DATA}' width=3/>", ""),
        (f'A <IMG SRC="{DATA}"> B', "A  B"),
        (DATA, ""),
        (f"Answer: B {DATA} done", "Answer: B  done"),
        (f"data:image/png;base64,{LINES}", ""),
        (f"data:image/png;base64,\n{LINES}\n\nThe end", "The end"),
        (f'data:image/png;name="a.png";base64,{BASE64.rstrip("=")}', ""),
        (f"data:;base64,{BASE64}", ""),
        (f"```\n{DATA}\n```", "```\n\n```"),
        (f'{{"image": "{DATA}"}}', '{"image": ""}'),
        (f"![cut off]({DATA}", ""),
    ],
    ids=lambda text: text.replace(BASE64, "...")[:30],
)
def test_an_image_is_taken_out_of_its_text(text: str, rest: str) -> None:
    found = split_images(text)

    assert found.text == rest
    assert found.image is not None
    np.testing.assert_array_equal(read_image(found.image), PIXELS)


def test_the_last_of_several_images_counts() -> None:
    found = split_images(f"Draft ![](data:image/png;base64,AAAA) and final: {DATA}")

    assert found == IllustratedText(text="Draft  and final:", images=("data:image/png;base64,AAAA", DATA))
    assert found.image == DATA


def test_an_image_on_the_web_is_an_image() -> None:
    found = split_images("![x](https://cdn.example.com/generated?id=7) ok")

    assert found == IllustratedText(text="ok", images=("https://cdn.example.com/generated?id=7",))


def test_brackets_within_a_url_belong_to_it() -> None:
    assert split_images("![x](https://h.example/a(1)?b=(2))!").image == "https://h.example/a(1)?b=(2)"


def test_a_link_to_an_image_file_counts_where_there_is_no_image() -> None:
    text = "See [one](https://a.example/x.JPG?s=1) or https://b.example/y.webp. More: https://c.example/page"

    found = split_images(text)

    assert found == IllustratedText(text=text, links=("https://a.example/x.JPG?s=1", "https://b.example/y.webp"))
    assert found.image == "https://b.example/y.webp"


def test_an_image_goes_before_a_later_link() -> None:
    found = split_images(f"{DATA} [download](https://a.example/x.png)")

    assert found.image == DATA


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  plain text ",
        "data: see below, and more",
        "![x](image.png)",
        "![x](sandbox:/mnt/data/a.png)",
        "data:text/plain;base64,AAAA",
        "https://[bad.png",
        "a ![ b ]( c )",
    ],
)
def test_a_text_without_images_comes_back_unchanged(text: str) -> None:
    assert split_images(text) == IllustratedText(text=text)


@settings(deadline=None)
@given(
    st.text(alphabet=st.characters(blacklist_characters=":!<")),
    st.text(alphabet=st.characters(blacklist_characters=":!<")),
)
def test_whatever_stands_around_an_image_is_kept(before: str, after: str) -> None:
    found = split_images(f"{before}![]({DATA}){after}")

    assert found.text == f"{before}{after}".strip()
    assert found.images == (DATA,)


@pytest.mark.parametrize(
    "unit",
    [
        "![",
        "![](",
        "![](data:image/png;base64,",
        "![](data:image/png;base64,A \n",
        "data:",
        "data:image/png;a=b",
        "<img ",
        '<img src="',
        " src='",
        "https://",
        "![](https://",
        "![](https://a(",
        "(aaa",
        "A" * 64 + "\n",
        "\n" + "A" * 39,
    ],
)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    split_images("data:image/png;base64," + unit * (2_000_000 // len(unit)))
    split_images("<img " + unit * (2_000_000 // len(unit)))
