"""Settings of BERTScore: which encoder, which layer, and what is done to the score."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from medgen_pytest.config.sections import Section

DEFAULT_MODEL = "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"
"""PubMedBERT, the encoder of the benchmark."""


class BertScoreOptions(Section):
    """The key `bertscore` below `metrics`; precision, recall and F1 share it.

    `model` is a repository of the Hugging Face hub or a folder, `layer` the one whose outputs are
    compared (0: the embeddings). `idf` names a file of references that tells how rare each token is.
    `rescale` sets a score against the baseline of bert-score for this model and layer, or against the
    one in the file `baseline`. `max_length` cuts texts at fewer tokens than the model can take.
    """

    model: str = Field(default=DEFAULT_MODEL, min_length=1)
    layer: int = Field(default=12, ge=0, strict=True)
    idf: bool | str = False
    rescale: bool = False
    baseline: str | None = Field(default=None, min_length=1)
    max_length: int | None = Field(default=None, ge=3, strict=True)

    @field_validator("idf")
    @classmethod
    def _names_a_corpus(cls, value: bool | str) -> bool | str:  # noqa: FBT001 - what pydantic calls
        if value is True or value == "":
            raise ValueError(
                "must name a file of references (text, one a line, or JSONL): weights from the texts that happen to be "
                "scored together would let a score depend on them"
            )
        return value

    @model_validator(mode="after")
    def _uses_its_baseline(self) -> BertScoreOptions:
        if self.baseline is not None and not self.rescale:
            raise ValueError("'baseline' is given, but 'rescale' is not true")
        return self
