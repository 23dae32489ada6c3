from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from etl.quality import verdict_of
from etl.quality.expectations import INVARIANTS, judge
from etl.quality.metrics import MEASURES, Evidence
from etl.recipe import EXPECTATIONS, Expectation, StageName


def report(stage: str = "decode", documents: int = 10, **parts: Any) -> dict[str, Any]:
    """A stage's report with nothing remarkable in it but what is given."""
    plain: dict[str, Any] = {
        "stage": stage,
        "input": {"documents": documents, "sha256": "same"},
        "output": {"documents": documents},
        "unbalanced_documents": 0,
        "lost_documents": 0,
        "not_rebuilt_documents": 0,
        "rules": [],
        "marks": {},
        "quarantined": {},
        "categories": {"encoding": {"utf-8": documents}},
        "balance": {"chars_in": 100, "chars_out": 100, "removed": 0, "difference_in": 0, "difference_out": 0},
        "distributions": {"chars_out": {"counts": [0, documents]}},
        "slices": {"site": [{"value": None, "documents": documents}]},
        "sites": {},
        "night": None,
    }
    return plain | parts


def rule(name: str, documents: int, **chars: int) -> dict[str, Any]:
    return {"rule": name, "documents": documents, "chars_removed": 0, "chars_inserted": 0} | chars


def removed(share: float) -> dict[str, Any]:
    balance = {"chars_in": 100, "removed": 100 * share, "difference_in": 0, "difference_out": 0}
    return report("boilerplate", balance=balance)


def by_site(**documents: int) -> dict[str, Any]:
    return {"site": [{"value": site, "documents": count} for site, count in documents.items()]}


@pytest.mark.parametrize(
    ("measure", "parts", "value"),
    [
        ("balance-difference", {"balance": {"difference_in": -3, "difference_out": 4}}, 7),
        ("unbalanced-documents", {"unbalanced_documents": 2}, 2),
        ("lost-documents", {"lost_documents": 3}, 3),
        ("not-rebuilt-documents", {"not_rebuilt_documents": 2}, 2),
        ("quarantined-share", {"quarantined": {"empty": 4, "binary": 6}}, 0.5),
        ("low-confidence-share", {"marks": {"low-confidence-encoding": 1}}, 0.1),
        ("damaged-share", {"marks": {"damaged-characters": 2}}, 0.2),
        ("damaged-characters-share", {"rules": [rule("damaged-bytes", 1, chars_inserted=5)]}, 0.05),
        ("removed-share", {"balance": {"chars_in": 80, "removed": 20}}, 0.25),
        ("all-boilerplate-share", {"marks": {"all-boilerplate": 10}}, 1),
        ("emptied-share", {"distributions": {"chars_out": {"counts": [3, 7]}}}, 0.3),
    ],
)
def test_measures_of_a_stage_are_figures_of_its_report(measure: Any, parts: dict[str, Any], value: float) -> None:
    assert MEASURES[measure](Evidence(report(**parts))) == {"": value}


def test_each_rule_has_its_share_of_what_came_in() -> None:
    rules = [rule("menu", 3, chars_removed=20), rule("share", 1, chars_removed=5)]
    assert MEASURES["rule-removed-share"](Evidence(report(rules=rules))) == {"menu": 0.2, "share": 0.05}


def test_no_measure_finds_fault_with_nothing() -> None:
    nothing = report(documents=0, balance=dict.fromkeys(report()["balance"], 0))
    for measure in MEASURES.values():
        assert set(measure(Evidence(nothing)).values()) <= {0}


def test_what_needs_earlier_runs_says_nothing_without_them() -> None:
    found = {name: measure(Evidence(report(documents=1_000))) for name, measure in MEASURES.items()}
    assert {name for name, values in found.items() if not values} == {
        "rule-removed-share", "volume-fall", "volume-rise", "site-volume-fall", "silent-site", "same-input",
        "rule-hit-change", "silent-rule", "drift-stability", "drift-distance", "drift-categories",
    }  # fmt: skip


@pytest.mark.parametrize(("now", "fall", "rise"), [(100, 0, 0), (25, 0.75, 0), (300, 0, 2), (0, 1, 0)])
def test_volume_is_held_against_the_median_of_earlier_runs(now: int, fall: float, rise: float) -> None:
    earlier = [report(documents=count) for count in (90, 100, 5_000)]
    evidence = Evidence(report(documents=now), earlier=earlier)
    assert MEASURES["volume-fall"](evidence) == {"": pytest.approx(fall)}
    assert MEASURES["volume-rise"](evidence) == {"": pytest.approx(rise)}
    assert MEASURES["volume-fall"](Evidence(report(), earlier=earlier[:2])) == {}, "two runs have no usual volume"


def test_a_site_that_shrank_or_fell_silent_is_told() -> None:
    earlier = [report(slices=by_site(a=100, b=50, c=5, d=30)) for _ in range(3)]
    evidence = Evidence(report(slices=by_site(a=20, d=30, new=9)), earlier=earlier)
    assert MEASURES["site-volume-fall"](evidence) == {"a": pytest.approx(0.8), "b": 1, "d": 0}
    assert MEASURES["silent-site"](evidence) == {"a": 0, "b": 50, "c": 5, "d": 0}


def test_an_input_that_is_the_same_as_yesterdays_is_told() -> None:
    same, other = report(), report(input={"sha256": "other"})
    assert MEASURES["same-input"](Evidence(same, last=report())) == {"": 1}
    assert MEASURES["same-input"](Evidence(other, last=report())) == {"": 0}


def test_the_hit_rate_of_each_rule_is_held_against_its_median() -> None:
    alike = [report(documents=1_000, rules=[rule("menu", hits), rule("share", 30)]) for hits in (100, 200, 900)]
    evidence = Evidence(report(documents=500, rules=[rule("menu", 400)]), alike=alike)
    assert MEASURES["rule-hit-change"](evidence) == {"menu": pytest.approx(0.6), "share": pytest.approx(0.03)}
    assert MEASURES["silent-rule"](evidence) == {"menu": 0, "share": pytest.approx(15)}


def test_rates_of_too_few_documents_are_not_compared() -> None:
    small = [report(documents=100, rules=[rule("menu", 100)])] * 5
    large = [report(documents=900, rules=[rule("menu", 100)])] * 5
    assert MEASURES["rule-hit-change"](Evidence(report(documents=900), alike=small)) == {}
    assert MEASURES["rule-hit-change"](Evidence(report(documents=199), alike=large)) == {}


def test_drift_is_an_effect_size_against_the_run_before() -> None:
    now = report(documents=200, categories={"encoding": {"utf-8": 200}})
    last = report(documents=200, distributions={"chars_out": {"counts": [100, 100]}}, categories={"encoding": {}})
    assert MEASURES["drift-distance"](Evidence(now, last)) == {"chars_out": 0.5}
    assert MEASURES["drift-stability"](Evidence(now, last))["chars_out"] > 1
    assert MEASURES["drift-categories"](Evidence(now, now)) == {"encoding": 0}
    assert MEASURES["drift-distance"](Evidence(report(documents=199), last)) == {}


@pytest.mark.parametrize(
    ("share", "verdict"), [(0, "pass"), (0.2, "pass"), (0.21, "warn"), (0.4, "warn"), (0.41, "fail"), (1, "fail")]
)
def test_a_value_over_a_threshold_warns_or_fails(share: float, verdict: str) -> None:
    expectation = Expectation(stage="boilerplate", measure="removed-share", warn=0.2, fail=0.4)
    *_, entry = judge(Evidence(removed(share)), [expectation])
    exceeded = [] if verdict == "pass" else [{"about": "", "value": share}]
    assert entry == {
        "stage": "boilerplate",
        "measure": "removed-share",
        "each": "stage",
        "warn": 0.2,
        "fail": 0.4,
        "value": share,
        "about": "",
        "previous": None,
        "judged": 1,
        "exceeding": len(exceeded),
        "exceeded": exceeded,
        "verdict": verdict,
    }


def test_an_entry_is_about_the_worst_and_names_the_others() -> None:
    rules = [rule(f"r{number:02}", 1, chars_removed=number) for number in range(20)]
    expectation = Expectation(stage="decode", measure="rule-removed-share", warn=0.065)
    *_, entry = judge(Evidence(report(rules=rules)), [expectation], report(rules=[rule("r19", 1, chars_removed=1)]))
    assert (entry["about"], entry["value"], entry["previous"]) == ("r19", 0.19, 0.01)
    assert (entry["judged"], entry["exceeding"]) == (20, 13)
    assert [one["about"] for one in entry["exceeded"]] == [f"r{number:02}" for number in range(19, 9, -1)]


def test_each_site_is_judged_by_itself() -> None:
    sites = {"a": removed(0.1), "b": removed(0.9), "c": removed(0.5)}
    whole = removed(0.3) | {"sites": sites}
    expectation = Expectation(stage="boilerplate", measure="removed-share", each="site", warn=0.4, fail=0.8)
    *_, entry = judge(Evidence(whole), [expectation], removed(0.3) | {"sites": {"b": removed(0.2)}})
    assert (entry["about"], entry["value"], entry["previous"], entry["verdict"]) == ("b", 0.9, 0.2, "fail")
    assert entry["exceeded"] == [{"about": "b", "value": 0.9}, {"about": "c", "value": 0.5}]


def nightly(documents: int, **parts: Any) -> dict[str, Any]:
    """A report of many documents, of which an incremental run cleaned some."""
    return report(documents=10_000, night=report(documents=documents, **parts))


def test_what_is_new_is_judged_by_itself() -> None:
    expectation = Expectation(stage="decode", measure="quarantined-share", each="night", warn=0.1, fail=0.5)
    *_, entry = judge(Evidence(nightly(10, quarantined={"binary": 90})), [expectation], nightly(30))
    assert (entry["value"], entry["previous"], entry["verdict"]) == (0.9, 0, "fail")
    *_, entry = judge(Evidence(nightly(1, quarantined={"binary": 9})), [expectation])
    assert (entry["judged"], entry["verdict"]) == (0, "pass"), "ten inputs are too few for a share"
    *_, entry = judge(Evidence(report(quarantined={"binary": 90})), [expectation])
    assert entry["judged"] == 0, "a full run has no night"


def test_a_night_without_news_is_told_when_there_usually_are_some() -> None:
    earlier = [
        nightly(40, slices=by_site(a=30, b=10)),
        report(documents=10_000),
        *[nightly(50, slices=by_site(a=50))] * 2,
    ]
    fall = Expectation(stage="decode", measure="volume-fall", each="night", warn=0.8)
    silent = Expectation(stage="decode", measure="silent-site", each="night", warn=10)
    *_, volume, site = judge(Evidence(nightly(0, slices=by_site()), earlier=earlier), [fall, silent])
    assert (volume["value"], volume["verdict"]) == (1, "warn")
    assert (site["about"], site["value"], site["verdict"]) == ("a", 50, "warn")


@pytest.mark.parametrize(
    "wrong",
    [
        {"stage": "normalize", "measure": "same-input"},
        {"stage": "decode", "measure": "same-input", "each": "night"},
        {"stage": "decode", "measure": "silent-site", "each": "site"},
    ],
)
def test_an_expectation_that_nothing_could_meet_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=wrong["measure"]):
        Expectation.model_validate(wrong)


def test_each_site_is_held_against_its_own_history() -> None:
    def night(hits: int) -> dict[str, Any]:
        return report("boilerplate", sites={"a": report(documents=300, rules=[rule("menu", hits)] if hits else [])})

    evidence = Evidence(night(0), alike=[night(90), night(100), night(110)])
    expectation = Expectation(stage="boilerplate", measure="silent-rule", each="site", warn=10)
    *_, entry = judge(evidence, [expectation])
    assert (entry["about"], entry["value"], entry["verdict"]) == ("a: menu", pytest.approx(100), "warn")


def test_an_expectation_may_only_warn_or_only_fail() -> None:
    warns = Expectation(stage="boilerplate", measure="removed-share", warn=0.2)
    fails = Expectation(stage="boilerplate", measure="removed-share", fail=0.2)
    neither = Expectation(stage="boilerplate", measure="removed-share")
    entries = judge(Evidence(removed(0.5)), [warns, fails, neither])
    assert [entry["verdict"] for entry in entries[-3:]] == ["warn", "fail", "pass"]


@pytest.mark.parametrize(
    "wrong",
    [{"balance": {"difference_in": 1, "difference_out": 0}}, {"unbalanced_documents": 1}, {"lost_documents": 1}],
)
def test_the_books_must_balance_whatever_the_recipe_says(wrong: dict[str, Any]) -> None:
    entries = judge(Evidence(report("normalize", **wrong)), [])
    assert [entry["measure"] for entry in entries] == list(INVARIANTS)
    assert [entry["verdict"] for entry in entries].count("fail") == 1


def test_expectations_of_other_stages_are_passed_over() -> None:
    other = Expectation(stage="normalize", measure="emptied-share", fail=0)
    assert [entry["measure"] for entry in judge(Evidence(report()), [other])] == list(INVARIANTS[:3])


def test_every_stage_and_each_site_is_expected_something_of_by_default() -> None:
    assert {entry.stage for entry in EXPECTATIONS} == set(get_args(StageName))
    assert {entry.measure for entry in EXPECTATIONS} | set(INVARIANTS) == set(MEASURES)
    assert {entry.stage for entry in EXPECTATIONS if entry.each == "site"} == {entry.stage for entry in EXPECTATIONS}


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [([], "pass"), (["pass"], "pass"), (["warn", "pass"], "warn"), (["pass", "fail", "warn"], "fail")],
)
def test_the_verdict_of_a_run_is_its_worst(verdicts: list[str], worst: str) -> None:
    assert verdict_of([{"verdict": verdict} for verdict in verdicts]) == worst
