"""What stands in the provenance, a line a fact."""

from nanosieve.report.provenance_table import provenance_groups


def test_measures_stand_by_who_offers_them():
    groups = provenance_groups(
        {
            "measures": [
                "measure 'feret_max' of nanosieve-measures 0.1.0",
                "measure 'area' of nanosieve-measures 0.1.0",
                "measure 'slenderness' of lab-shapes 2.0",
            ]
        }
    )
    assert groups["measures"] == [
        ("nanosieve-measures 0.1.0", "area, feret_max"),
        ("lab-shapes 2.0", "slenderness"),
    ]
