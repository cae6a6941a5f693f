"""Pretraining of small encoders as masked language models (Devlin et al. 2019)."""
