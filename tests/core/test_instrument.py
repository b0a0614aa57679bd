"""What side files say of the microscope; the keys are those that the makers document."""

import pytest

from nanosieve.readers import instrument


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (
            instrument.hitachi,
            "[SemImageFile]\nInstructName=SU8000\nAcceleratingVoltage=3000 Volt\nWorkingDistance=5000 um\n"
            "Magnification=50000\nDate=2/3/2021\n",
            {
                "instrument": "SU8000",
                "recorded": "2/3/2021",
                "voltage_kv": 3.0,
                "working_distance_mm": 5.0,
                "microscope_magnification": 50_000.0,
            },
        ),
        (
            instrument.jeol_text,
            "$CM_INSTRUMENT JSM-7800F\n$CM_ACCEL_VOLT 15.0\n$CM_MAG 20000\n$$SM_WD 9.9\n",
            {
                "instrument": "JSM-7800F",
                "voltage_kv": 15.0,
                "working_distance_mm": 9.9,
                "microscope_magnification": 20_000.0,
            },
        ),
        (
            instrument.tescan,
            "Device=MIRA3\r\nHV=20000.0\r\nWD=0.00512\r\nMagnification=43300.0\r\n",
            {
                "instrument": "MIRA3",
                "voltage_kv": 20.0,
                "working_distance_mm": 5.12,
                "microscope_magnification": 43_300.0,
            },
        ),
        (instrument.tescan, "HV=nan\nWD=0\nMagnification=\n", {}),
        (instrument.hitachi, "[SemImageFile]\nAcceleratingVoltage=off\n", {}),
        (instrument.jeol_text, "$CM_ACCEL_VOLT 1e9\n", {}),
    ],
)
def test_what_a_side_file_says(read, text, expected):
    assert read(text) == expected
