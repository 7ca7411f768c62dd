"""Sentences to vectors: near when they mean the same. One encoder for six languages, and one that is better at English."""
from __future__ import annotations

from .encoder import Encoder, EncoderDamaged, EncoderMissing
from .english import load as load_english
from .multilingual import load

__all__ = ["Encoder", "EncoderDamaged", "EncoderMissing", "load", "load_english"]
