"""Weights put over registered ones on servers of a lab are refused by everybody who would use them."""

import pytest

from lab_users import experiment_of, write_over
from nanosieve import Host
from nanosieve.errors import ModelError, NanosieveError
from nanosieve.loading import load_segmenter
from nanosieve_registry.verifying import verify
from nsmodel_files import write_bundle
from served import serving

HOST = Host()
CHANGED = r"'weights\.safetensors' was changed since it was published"


def test_weights_put_over_registered_ones_are_refused_everywhere(lab, act, tmp_path, nanosieve):
    admin = act("admin")
    version = admin.publish(write_bundle(tmp_path / "bundle"), "put", alias="champion")
    assert write_over(lab, "admin", experiment_of(admin, "put"), version) == 200
    with pytest.raises(ModelError, match=CHANGED):
        admin.resolve("put@champion")
    with pytest.raises(ModelError, match=CHANGED):
        load_segmenter("put@champion", HOST)
    assert "was changed" in verify(admin, "put/1", HOST).problem
    with pytest.raises(NanosieveError, match=CHANGED), serving("put@champion", classifier=None):
        pass
    finished = nanosieve("models", "serve", "put@champion", "--port", "0")
    assert finished.returncode == 1
    assert "was changed since it was published" in finished.stderr


def test_a_served_model_goes_on_where_the_next_one_was_written_over(lab, act, tmp_path):
    admin = act("admin")
    admin.publish(write_bundle(tmp_path / "first"), "followed", alias="champion")
    second = admin.publish(write_bundle(tmp_path / "second", name="second"), "followed")
    with serving("followed@champion", classifier=None) as running:
        assert running.follower.current.model["version"] == "1"
        assert write_over(lab, "admin", experiment_of(admin, "followed"), second) == 200
        admin.set_alias(second, "champion")
        running.follower.look()
        assert running.follower.current.model["version"] == "1"
        assert "was changed since it was published" in running.follower.warning
