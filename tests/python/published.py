"""What the published numbers were computed with, and runs with curves of one's own."""

import json
from typing import Any

import numpy as np

import lutetia as lt


def published_model() -> Any:
    """Return the model with the kidney in its published mode: the one place to choose it."""
    return lt.read_model("sstr2_whole_body", modules=["published_kidney"])


def published_infusion(nuclide: str, activity: str, amount: str, duration: str) -> lt.Infusion:
    """Label at a constant rate, as published calculations have it."""
    return lt.Infusion(
        "dotatate",
        nuclide=nuclide,
        activity=activity,
        amount=amount,
        duration=duration,
        infusate_decays=False,
    )


def with_curves(run: lt.Run, curves: dict[str, np.ndarray]) -> lt.Run:
    """Copy of a run of one nuclide with other activities [MBq], by region; zero elsewhere."""
    data = run.data.copy(deep=True)
    given = json.loads(data.attrs["given"])[0]
    form = f"{given['ligand']}[{given['nuclide']}]"
    data["amount"].loc[{"form": form}] = 0.0
    for region, activity in curves.items():
        amount = activity * given["labeled_amount_nmol"] / given["activity_MBq"]
        data["amount"].loc[{"form": form, "region": region}] = amount
    return lt.Run(data)
