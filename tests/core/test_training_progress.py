"""Where there is no terminal, the log says what training is at."""

from nanosieve.cli.training_progress import training_progress
from nanosieve.fitting import FitProgress


def test_a_log_says_what_goes_before_the_first_epoch_and_one_line_an_epoch(capsys):
    with training_progress() as report:
        for done in range(4):
            report(FitProgress(stage="loading images", done=done, total=3))
        for done in range(3):
            report(FitProgress(stage="simulating", done=done, total=2))
        for epoch in (1, 2):
            report(FitProgress(stage="training", done=1, total=2, epoch=epoch, epochs=2, loss=0.5))
            report(
                FitProgress(
                    stage="epoch over",
                    done=2,
                    total=2,
                    epoch=epoch,
                    epochs=2,
                    loss=0.25,
                    scores={"loss": 0.25},
                )
            )
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["loading images: 3", "simulating: 2", "epoch 1/2, loss 0.2500", "epoch 2/2, loss 0.2500"]
