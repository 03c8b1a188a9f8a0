"""The same scenarios played to a real Alertmanager and to Tocsin with --compat.strict at the same moment: both must send the same
webhooks, in content, order and time. ORACLE names the real one; Debian's (0.25) is the default. What later versions do
differently, and we with them, is not here.
"""
import unittest

from parity.cases import failing, groups, inhibition, intervals, reloads, routes, silences, timing
from parity.stage import play_all

SCENARIOS = [s for module in (routes, groups, timing, silences, inhibition, intervals, failing, reloads)
             for s in module.SCENARIOS]


class SameWebhooks(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        names = [s.name for s in SCENARIOS]
        assert len(set(names)) == len(names), "two scenarios have the same name"
        cls.differences = play_all(SCENARIOS)


def _add(name):
    def test(self):
        self.assertIsNone(self.differences[name])

    setattr(SameWebhooks, "test_" + name, test)


for _scenario in SCENARIOS:
    _add(_scenario.name)
