"""A page holds an even share of the particles where there are too many."""

import numpy as np
import pandas as pd

from nanosieve.report.rows import MOST_ROWS, choose_rows, row_data


def table(counts):
    images = np.repeat([f"{index}.tif" for index in range(len(counts))], counts)
    label = np.concatenate([np.arange(1, count + 1) for count in counts])
    return pd.DataFrame({"image": images, "label": label})


def test_few_particles_are_all_there():
    particles = table([30, 20])
    assert choose_rows(particles).equals(particles)


def test_of_many_each_image_has_its_share():
    particles = table([1000] * 49 + [3])
    rows = choose_rows(particles)
    assert len(rows) <= MOST_ROWS
    counts = rows["image"].value_counts()
    # 20 000 of 49 003: two in five, and one at least of the smallest
    assert counts["0.tif"] == counts["48.tif"] == 1000 * MOST_ROWS // len(particles)
    assert counts["49.tif"] == 1
    # from top to bottom of the picture, since labels run that way
    first = rows.loc[rows["image"] == "0.tif", "label"]
    assert (first.min(), first.max()) == (1, 1000)


def test_cells_are_rounded_and_nothing_is_null():
    rows = pd.DataFrame(
        {
            "image": ["a.tif"],
            "label": [7],
            "class": ["rod"],
            "confidence": [np.nan],
            "accepted": [False],
            "reason": ["edge"],
            "equivalent_diameter_nm": [81.29330380664082],
            "rod_length_nm": [np.nan],
        }
    )
    data = row_data(rows, "nm", {"a.tif": 3})
    # a column without any value is left out
    assert data["columns"] == ["image", "label", "class", "confidence", "verdict", "equivalent diameter, nm"]
    assert data["rows"] == [[3, "a.tif", 7, "rod", None, "edge", 81.29]]
