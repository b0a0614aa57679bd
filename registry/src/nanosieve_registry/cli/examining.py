"""nanosieve models doctor: what is wrong, and what to do."""

from __future__ import annotations

import typer

from nanosieve_registry.cli.options import AsJson, RegistryUri

FAULTY = 3


def doctor(registry: RegistryUri = None, as_json: AsJson = False) -> None:
    """Check the registry and its surroundings, and say what to do. Nothing is made or changed.

    Exit codes: 0 nothing is wrong, 3 something is.

    **Examples**

        nanosieve models doctor

        nanosieve models doctor --registry http://server:5000
    """
    from nanosieve_registry.doctor.examining import examine

    findings = []
    for finding in examine(registry):
        findings.append(finding)
        if not as_json:
            remedy = f"\n{'':24}-> {finding.remedy}" if finding.remedy else ""
            typer.echo(f"{finding.state:6}{finding.check + ':':18}{finding.said}{remedy}")
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(FAULTY)
