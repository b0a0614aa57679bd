"""Runs of training on servers of a lab: each user's own, and still of use to who publishes the model."""

import shutil

import pytest

from lab_users import make_user
from labelled_pictures import write_data, write_recipe
from nanosieve import Host
from nanosieve.recipes import make_job
from nanosieve_registry.errors import RegistryError
from nanosieve_registry.registry import Registry
from nanosieve_registry.rights import grant
from nanosieve_registry.tracking import start
from nanosieve_registry.training_run import read_mark, run_of
from nanosieve_registry.versions import RUN, RUN_STORE
from nsmodel_files import write_bundle

HOST = Host()


@pytest.fixture
def trained(lab, tmp_path):
    """Let the present user record a run; returns its folder."""
    write_data(tmp_path)
    recipe = write_recipe(tmp_path, epochs=2, patches=8)

    def run(name):
        folder = tmp_path / name
        folder.mkdir()
        tracked = start(make_job(recipe, folder, HOST, resume=False, device="cpu"))
        tracked.epoch(1, {"loss": 0.5})
        tracked.end("finished", write_bundle(folder / "bundle"))
        return folder

    return run


def test_each_user_has_an_experiment_and_others_cannot_stop_it(lab, act, trained):
    for user in ("ann", "ben"):
        make_user(lab, user)
        act(user)
        trained(user)
        client = Registry(lab.uri).store.client
        experiment = client.get_experiment_by_name(f"nanosieve-training/{user}")
        (run,) = client.search_runs([experiment.experiment_id])
        assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 0.5})
    # somebody else made it, and owns it
    make_user(lab, "carl")
    act("admin").store.experiment("nanosieve-training/carl")
    act("carl")
    with pytest.raises(
        RegistryError, match="it takes EDIT on the experiment 'nanosieve-training/carl': ask whoever runs"
    ):
        trained("carl")


def test_a_model_is_published_by_somebody_who_may_not_see_its_run(lab, act, trained, tmp_path):
    for user in ("dora", "emil"):
        make_user(lab, user)
    grant(act("admin"), "emil", "publisher", "taken_over")
    act("dora")
    folder = trained("run_of_dora")
    emil = act("emil")
    version = emil.publish(folder / "bundle", "taken_over.proposed", run=run_of(folder / "bundle"))
    assert not version.run_id
    assert (version.tags[RUN], version.tags[RUN_STORE]) == (read_mark(folder).run_id, lab.uri)
    dora = act("dora")
    own = dora.publish(folder / "bundle", "of_dora", run=run_of(folder / "bundle"))
    assert own.run_id == read_mark(folder).run_id
    assert dora.store.client.get_run(own.run_id).data.tags["nanosieve.version"] == "of_dora/1"
    shutil.rmtree(folder)
