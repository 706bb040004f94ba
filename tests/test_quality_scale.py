"""The self-assessment by Home Assistant's quality scale: every rule has a status, and every exemption a reason."""

from pathlib import Path

import pytest
import yaml

from custom_components import han_port

ROOT = Path(han_port.__file__).parent
RULES = yaml.safe_load((ROOT / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
# By tier: bronze, silver, gold, platinum.
NAMES = [
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    "async-dependency",
    "inject-websession",
    "strict-typing",
]


def test_every_rule_is_answered_and_no_other() -> None:
    """In Home Assistant's order of tiers."""
    assert len(NAMES) == 54
    assert sorted(RULES) == sorted(NAMES)


@pytest.mark.parametrize("rule", NAMES)
def test_a_rule_is_kept_or_exempt_for_a_reason(rule: str) -> None:
    """Nothing is left to do."""
    answer = RULES[rule]
    status = answer if isinstance(answer, str) else answer["status"]
    assert status in ("done", "exempt")
    assert status == "done" or len(answer["comment"]) > 10


def test_every_platform_says_how_many_updates_may_run_at_once() -> None:
    """The rule parallel-updates, which nobody sees fail."""
    for platform in han_port.PLATFORMS:
        package, module = ROOT / platform / "__init__.py", ROOT / f"{platform}.py"
        assert "PARALLEL_UPDATES = 0" in (package if package.exists() else module).read_text(encoding="utf-8")
