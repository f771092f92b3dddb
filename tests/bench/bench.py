"""Compare this project with other libraries in speed: python tests/bench/bench.py [NETWORK …]

Writes results/bench.json and prints its rates and ratios.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ALLOCATORS = ("default", "tuned")


def measure(allocator: str, folder: Path, nets: list[str]) -> dict:
    """Measure in another process, because a process sets its allocator once."""
    output = folder / f"{allocator}.json"
    path = os.pathsep.join(map(str, (ROOT / "workflow", HERE)))
    command = [sys.executable, str(HERE / "measure.py"), allocator, str(output), *nets]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": path})
    return json.loads(output.read_text())


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per network and attack: our rate, the best other library's, and their ratios.

    Other libraries are measured as users get them, and with this project's allocator ("tuned").
    """
    lines = []
    for (net, attack), cells in rows.groupby(["net", "attack"], sort=False):
        rates = cells.set_index(["library", "allocator"])["gradients_per_s"]
        ours = cells[(cells["library"] == "nrg") & (cells["allocator"] == "tuned")].iloc[0]
        peers = rates.drop("nrg", level="library")
        best = {allocator: peers.xs(allocator, level="allocator") for allocator in ALLOCATORS}
        lines.append(
            {
                "net": net,
                "attack": attack,
                "nrg": ours["gradients_per_s"],
                "best peer": best["default"].max(),
                "which": best["default"].idxmax(),
                "ratio": ours["gradients_per_s"] / best["default"].max(),
                "ratio, peer tuned": ours["gradients_per_s"] / best["tuned"].max(),
                "share of peak": ours["share_of_peak"],
                "signs differ": ours["sign_difference"],
                **({"idle": ours["idle"]} if "idle" in ours else {}),
            }
        )
    return pd.DataFrame(lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        parts = [measure(allocator, Path(folder), sys.argv[1:]) for allocator in ALLOCATORS]
    results = {
        "machine": parts[0]["machine"],
        "peak_gflops": max(part["peak_gflops"] for part in parts),
        "rows": [row for part in parts for row in part["rows"]],
    }
    (ROOT / "results/bench.json").write_text(json.dumps(results, indent=1) + "\n")
    rows = pd.DataFrame(results["rows"])
    table = rows.pivot_table(
        index=["net", "attack"],
        columns=["allocator", "library"],
        values="gradients_per_s",
        sort=False,
    )
    print(f"\n{results['machine']}, peak {results['peak_gflops']:.0f} GFLOP/s")
    print("\nGradients per second, medians\n", table.round(2).to_string(), sep="")
    print("\n", summarise(rows).round(4).to_string(index=False), sep="")


if __name__ == "__main__":
    main()
