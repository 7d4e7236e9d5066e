"""The log mask: HTTP libraries log neither keys nor signed addresses while it is there."""

from __future__ import annotations

import logging

import pytest

from medgen_pytest.models.remote.log_mask import LogMask

KEY = "sk-the-secret-of-this-test"


@pytest.mark.parametrize(
    "name", ["httpx", "httpx2", "httpcore.http11", "httpcore2.http11", "openai", "openai._base_client"]
)
def test_keys_and_queries_are_masked_before_any_handler_sees_them(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger(name)
    mask = LogMask([KEY])
    try:
        logger.info("GET %s with %r", "https://host/a.png?sig=abc&x=1", {"Authorization": f"Bearer {KEY}"})
    finally:
        mask.remove()

    (record,) = caplog.records
    assert record.getMessage() == "GET https://host/a.png?*** with {'Authorization': 'Bearer ***"
    assert KEY not in caplog.text


def test_it_lets_go_when_it_is_removed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    LogMask([KEY]).remove()

    logging.getLogger("httpx").info("%s", KEY)

    assert caplog.messages == [KEY]


def test_two_models_mask_beside_each_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = LogMask(["first-secret"]), LogMask(["second-secret"])
    first.remove()
    try:
        logging.getLogger("httpx").info("first-secret second-secret")
    finally:
        second.remove()

    assert caplog.messages == ["first-secret ***"]
