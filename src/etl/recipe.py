"""The recipe: every option of a run, frozen, with its unit and its reason. Unknown keys are refused."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "BoilerplateOptions", "DecodeOptions", "DuplicateOptions", "NormalizeOptions", "Recipe", "RunOptions",
    "SectionOptions",
]  # fmt: skip


class Options(BaseModel):
    """Base of a table of options: immutable, and strict about keys. A field's description states unit and reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RunOptions(Options):
    """How a run is carried out; nothing here changes a clean character."""

    stage_text: bool = Field(
        True,
        description="write the text of every line in the datasets between decode and normalize; false halves them",
    )


class DecodeOptions(Options):
    """Options of the decode stage."""

    max_bytes: int = Field(
        64 * 2**20,
        gt=0,
        description="bytes; a larger source is quarantined, for it would break the memory bound",
    )


class BoilerplateOptions(Options):
    """Options of the boilerplate stage."""


class DuplicateOptions(Options):
    """Options of the duplicates stage."""

    across_documents: Literal["remove", "mark", "off"] = Field(
        "remove", description="what happens to a paragraph that another document has too"
    )


class SectionOptions(Options):
    """Options of the sections stage."""


class NormalizeOptions(Options):
    """Options of the normalize stage: each rule can be switched off."""


class Recipe(Options):
    """All options of a run."""

    run: RunOptions = RunOptions()
    decode: DecodeOptions = DecodeOptions()
    boilerplate: BoilerplateOptions = BoilerplateOptions()
    duplicates: DuplicateOptions = DuplicateOptions()
    sections: SectionOptions = SectionOptions()
    normalize: NormalizeOptions = NormalizeOptions()
