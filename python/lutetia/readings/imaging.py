"""PET and SPECT readings of a finished run: frames, concentration, uptake values.

A camera sees the mean of the decaying activity over a frame; decay correction is a factor known from
the frame and the half-life alone:

========================  ==================================================================
``"none"``                the mean m over the frame, from t to t + d after the injection
``"frame_start"``         m·λd/(1 − exp(−λd)): the label stands still during the frame
``"injection"``           that times exp(λt): corrected to the start of the administration
========================  ==================================================================

λ is that of the nuclide of the administration. A reading (d = 0) has the factors 1, 1 and exp(λt).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from lutetia.errors import DataError
from lutetia.readings.cycles import Cycle, activity_of, cycle_of, parameter
from lutetia.readings.frames import Frame
from lutetia.readings.recovery import recovery_of
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.units import Quantity

SAME_TIME = 1e-8  # [h]: far below a second, far above rounding after years
CORRECTIONS = ("injection", "frame_start", "none")


def image(
    run: Run,
    frames: Sequence[Frame],
    *,
    cycle: int = 1,
    decay_correction: str = "injection",
    recovery: Mapping[str, float] | Quantity = None,
    reference: str = "liver",
    nuclide: str | None = None,
) -> xr.Dataset:
    """Concentration and uptake values a camera would show.

    Parameters
    ----------
    run
        Simulated with ``times`` that contain those of `frame_times`.
    frames
        Relative to the start of the cycle; they must end before the next one starts.
    cycle
        Administration the frames and the SUV refer to, counted from 1.
    decay_correction
        Of the concentration only: ``"injection"``, ``"frame_start"`` or ``"none"``, see the module. SUV
        is always corrected to the start of the administration.
    recovery
        Partial-volume effect, off when absent: coefficients in (0, 1] by region (1 for others), or a
        resolution such as ``"6 mm"``, applied to lesions as spheres (`lutetia.sphere_recovery`); organs are no
        spheres and stay as they are. No activity spills in from outside.
    reference
        Region of the ratio ``suvr``.
    nuclide
        Needed when another nuclide is in the body during the frames: a camera with the right energy
        window sees this one only.

    Returns
    -------
    xarray.Dataset
        Dims (region, frame), regions with a volume (``serum`` is serum, not blood): ``concentration``
        [kBq/mL], ``suv`` [g/mL] (concentration / (given activity / body weight); tissue of 1 g/mL),
        ``suvr``, ``tumor_to_kidney`` (NaN where the region is no lesion); ``recovery`` (region). Frames
        have coordinates ``start`` and ``duration`` [h].

    Raises
    ------
    DataError
        If the run has no outputs at the times of a frame, or no body weight.
    ValueError
        If a choice is unknown or another nuclide is present and none was chosen.

    Notes
    -----
    What is left of earlier cycles of the same nuclide is seen too. With ``infusate_decays=False`` label
    enters during an infusion of duration d as if it did not decay, which raises SUV by some λd/2.

    Examples
    --------
    >>> import lutetia as lt
    >>> frames = [lt.Frame("60 min", "20 min")]
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "ga68_dotatate_pet",
    ...                   times=lt.frame_times(frames))
    >>> round(float(image(run, frames)["suv"].sel(region="spleen")[0]))
    28
    """
    if decay_correction not in CORRECTIONS:
        raise ValueError(
            f"decay_correction must be one of {', '.join(CORRECTIONS)}, found {decay_correction!r}"
        )
    if not frames:
        raise ValueError("frames is empty; expected at least one Frame")
    part = cycle_of(run, cycle, nuclide)
    volumes = run.volumes(cycle)
    seen = run.data["region"].values[np.isfinite(volumes.values)]
    if reference not in seen:
        raise ValueError(f"reference must be one of {list(map(str, seen))}, found {reference!r}")
    if "weight" not in run.parameters.index:
        raise DataError("SUV needs the body weight; the model has no parameter 'weight'")
    weight = parameter(run, "weight")
    names = [str(name) for name in run.data["nuclide"].values] if nuclide is None else []
    regions = run.data.assign(volume=volumes).sel(region=seen)
    shares = recovery_of(regions, recovery)
    mean = _frame_means(run, frames, part, [n for n in names if n != part.nuclide])
    mean = mean.sel(region=seen) / regions["volume"] * shares
    start = xr.DataArray([f.start_h for f in frames], dims="frame", attrs={"units": "h"})
    duration = xr.DataArray([f.duration_h for f in frames], dims="frame", attrs={"units": "h"})
    x = part.decay_constant * duration
    to_start = (x / -np.expm1(-x)).where(duration > 0, 1.0)
    to_injection = to_start * np.exp(part.decay_constant * start)
    factors = {"injection": to_injection, "frame_start": to_start, "none": xr.ones_like(x)}
    suv = mean * to_injection / (part.activity / weight)
    lesion = regions["is_lesion"]
    kidney = suv.sel(region="kidney", drop=True) if "kidney" in seen else np.nan
    out = xr.Dataset(
        {
            "concentration": (mean * factors[decay_correction]).assign_attrs(units="kBq/mL"),
            "suv": suv.assign_attrs(units="g/mL"),
            "suvr": (suv / suv.sel(region=reference, drop=True)).assign_attrs(units="1"),
            "tumor_to_kidney": (suv.where(lesion) / kidney).assign_attrs(units="1"),
            "recovery": shares.assign_attrs(units="1"),
        },
        attrs={
            "patient": run.data.attrs["patient"],
            "cycle": cycle,
            "nuclide": part.nuclide,
            "decay_correction": decay_correction,
            "reference": reference,
            "given_activity_MBq": part.activity,
            "body_weight_kg": weight,
            "notice": RESEARCH_ONLY,
        },
    )
    return out.assign_coords(start=start, duration=duration, is_lesion=lesion).transpose(
        "region", "frame"
    )


def krenning_score(
    images: xr.Dataset,
    *,
    background: str = "muscle",
    liver: str = "liver",
    upper: str | None = None,
    margin: float = 0.1,
) -> xr.DataArray:
    """Score every lesion and frame by its uptake relative to normal organs.

    With u the mean uptake of a region:

    - 4: u > u(upper) and u > (1 + margin)·u(liver)
    - 3: u > (1 + margin)·u(liver)
    - 2: within (1 ± margin)·u(liver), ends included
    - 1: u < (1 − margin)·u(liver)
    - 0: u ≤ u(background), whatever the liver shows

    Parameters
    ----------
    images
        Made by `lutetia.image`, partial-volume effect included or not.
    background
        What a lesion must exceed to be seen, e.g. ``"muscle"`` or, for the blood pool, ``"serum"``.
    liver
        Reference of scores 1 to 3.
    upper
        Reference of score 4; the spleen when absent, and the kidney after splenectomy.
    margin
        Half width of "equal to the liver", relative; an assumption, readers score by eye.

    Returns
    -------
    xarray.DataArray
        Integers, dims (region, frame), lesions only; the references stand in its attributes.

    Raises
    ------
    ValueError
        If a reference is missing or the margin outside [0, 1).

    Notes
    -----
    The original scale compares maxima by eye and on planar images; here means of whole regions are
    compared, which lowers the score of a lesion with a dead center and of a small one.

    References
    ----------
    Kwekkeboom, Krenning 2002, doi:10.1053/snuc.2002.31022 (0 none, 1 much lower than liver,
    2 slightly less than or equal to liver, 3 greater than liver, 4 greater than spleen or kidneys).

    Examples
    --------
    >>> import lutetia as lt
    >>> frames = [lt.Frame("60 min")]
    >>> run = lt.simulate("sstr2_whole_body", "reference_male", "ga68_dotatate_pet",
    ...                   times=lt.frame_times(frames))
    >>> int(krenning_score(lt.image(run, frames)).sel(region="tumor")[0])  # below the spleen
    3
    """
    names = [str(name) for name in images["region"].values]
    top = upper or ("spleen" if "spleen" in names else "kidney")
    for reference in (background, liver, top):
        if reference not in names:
            raise ValueError(f"reference must be one of {names}, found {reference!r}")
    if not 0 <= margin < 1:
        raise ValueError(f"margin must lie in [0, 1), found {margin}")
    suv = images["suv"]
    lesions = suv.sel(region=images["is_lesion"])
    low, equal, high = (suv.sel(region=r, drop=True) for r in (background, liver, top))
    above = lesions > (1 + margin) * equal
    score = 1 + (lesions >= (1 - margin) * equal) + above + (above & (lesions > high))
    score = score.where(lesions > low, 0).astype(np.int64).rename("krenning_score")
    attributes = {"background": background, "liver": liver, "upper": top, "margin": margin}
    return score.transpose("region", "frame").assign_attrs(attributes)


def _frame_means(
    run: Run, frames: Sequence[Frame], cycle: Cycle, unseen: Sequence[str]
) -> xr.DataArray:
    """Mean activity of the cycle's nuclide over each frame, dims (region, frame) [MBq]."""
    activity = activity_of(run, cycle.nuclide)
    others = {name: activity_of(run, name).values for name in unseen}
    times = run.data["time"].values
    columns = []
    for frame in frames:
        if cycle.start + frame.start_h + frame.duration_h > cycle.end + SAME_TIME:
            raise ValueError(f"{frame} must end before cycle {cycle.number + 1} starts")
        nodes, weights = frame.nodes()
        wanted = cycle.start + nodes
        at = np.abs(times[:, None] - wanted).argmin(axis=0)
        if (np.abs(times[at] - wanted) > SAME_TIME).any():
            raise DataError(
                f"the run has no outputs at the times of {frame}; "
                f"simulate it with times=frame_times(frames, start={cycle.start:g})"
            )
        for name, values in others.items():
            if (values[:, at] > 0).any():
                raise ValueError(
                    f"{name} is in the body during {frame} besides {cycle.nuclide}; choose what the "
                    f"camera sees, e.g. nuclide={cycle.nuclide!r}"
                )
        columns.append(activity.isel(time=at).dot(xr.DataArray(weights, dims="time")))
    return xr.concat(columns, dim="frame")
