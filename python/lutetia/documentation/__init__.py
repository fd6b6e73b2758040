"""Documentation of a model, generated from the model itself."""

from lutetia.documentation.description import ModelDescription, describe, summary_html

__all__ = ["ModelDescription", "describe", "summary_html"]
