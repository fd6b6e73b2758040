"""Members that stream: blocks, statistics, memory, interruption."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr

import lutetia as lt

MODEL, PATIENT = "sstr2_whole_body", "reference_male"
CYCLE = lt.Infusion(
    "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
)


def many(parameters, **options) -> lt.Cohort:
    return lt.simulate_many(MODEL, PATIENT, CYCLE, parameters=parameters, **options)


def test_streams_are_the_sum_of_their_blocks(monkeypatch):
    table = lt.virtual_patients(MODEL, PATIENT, CYCLE, n=60, seed=5)
    whole = many(table, observe=["total_absorbed_dose"])
    values = whole.data["total_absorbed_dose"]
    seen: list[xr.Dataset] = []
    monkeypatch.setattr("lutetia.batch.many.BLOCK", 16)
    options = {"observe": ["total_absorbed_dose"], "reduce": ["mean", "sd", "quantiles"]}
    streamed = many(table, on_chunk=seen.append, threads=1, **options)
    assert [block.sizes["member"] for block in seen] == [16, 16, 16, 12]
    joined = xr.concat(seen, "member", data_vars="minimal", combine_attrs="override")
    xr.testing.assert_equal(joined, whole.data)
    generated = lt.virtual_patient_blocks(MODEL, PATIENT, CYCLE, n=60, seed=5, block=28)
    again = many(generated, threads=2, **options)
    xr.testing.assert_equal(again.data, streamed.data)  # neither threads nor blocks matter
    low, high = np.quantile(values, [0.25, 0.75], axis=0, method="lower")
    for q, exact in ((0.25, low), (0.75, high)):
        found = streamed.data["total_absorbed_dose_quantile"].sel(quantile=q)
        np.testing.assert_allclose(found, exact, rtol=1.001e-3)
    np.testing.assert_allclose(
        streamed.data["total_absorbed_dose_mean"], values.mean("member"), rtol=1e-13
    )
    nothing = many(table, reduce=(), on_chunk=lambda block: None)
    assert not nothing.data.data_vars
    assert nothing.counts.to_dict() == {"ok": 60}


MEMORY = """
import resource, sys
import lutetia as lt
import lutetia.batch.many
lutetia.batch.many.BLOCK = 64
cycle = lt.Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min")
peaks = []
for n in (256, 1024):
    blocks = lt.virtual_patient_blocks("sstr2_whole_body", "reference_male", cycle, n, 1, block=64)
    lt.simulate_many("sstr2_whole_body", "reference_male", cycle, parameters=blocks, rtol=1e-2,
                     observe=["absorbed_dose", "activity"], times=list(range(1, 400)),
                     reduce=["mean"], on_chunk=lambda block: None)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*peaks)
"""


def test_memory_of_a_stream_does_not_grow_with_its_members():
    out = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    before, after = map(int, out.stdout.split())  # kB
    # 768 more members of 24 regions x 399 times x 8 bytes would be 59 MB.
    assert after - before < 12_000


INTERRUPTED = """
import numpy as np
import lutetia as lt
blocks = [{"gfr [L/h]": np.full(n, 6.0)} for n in (4, 100_000)]
try:
    lt.simulate_many("sstr2_whole_body", "reference_male", "netter1", parameters=blocks, rtol=1e-6,
                     reduce=["mean"], on_chunk=lambda block: print("running", flush=True))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_returns_within_two_seconds():
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        # The first block is seen while the second, of many seconds, runs.
        assert process.stdout.readline() == "running\n"
        start = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        try:
            out, _ = process.communicate(timeout=20)
        finally:
            process.kill()
        assert time.monotonic() - start < 2.0
        assert out == "interrupted\n"
        assert process.returncode == 0


def test_a_failing_callback_ends_the_stream():
    def fail(block: xr.Dataset) -> None:
        raise ZeroDivisionError(f"{block.sizes['member']} members")

    with pytest.raises(ZeroDivisionError, match="5 members"):
        many({"gfr [L/h]": [3.0, 4.0, 5.0, 6.0, 7.0]}, on_chunk=fail)
