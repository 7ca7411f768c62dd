"""Sentences to vectors: near when they mean the same. The multilingual encoder, and an English one."""
from __future__ import annotations

from .encoder import Encoder, EncoderDamaged, EncoderMissing, load

__all__ = ["Encoder", "EncoderDamaged", "EncoderMissing", "load"]
