"""Values to JSON and back, exactly: frozen dataclasses, tuples, mappings and bytes.

Bytes are kept as readable text where they are UTF-8, else as base64. Every dataclass carries its
class name under "is", so that a union of them (a plan's actions) comes back as the right one.

What is decoded comes from `host.document.parse`. Whatever is wrong with it is a ValueError.
"""

import base64
import binascii
import dataclasses
import functools
import os
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from xenbond_tui.facts import FORMERLY

TAG = "is"


def is_text(value: object) -> bool:
    """True for a string without halves of characters.

    A name on the disk that is not UTF-8 has its bytes as U+DC80 to U+DCFF (PEP 383): that is text.
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def encode(value: object) -> Any:
    """What `json.dumps` takes, for anything `decode` can give back."""
    if value is None or type(value) in (str, int, bool, float):
        return value
    kind: Any = type(value)
    if (names := _field_names(kind)) is not None:
        return {TAG: type(value).__name__, **{name: encode(getattr(value, name)) for name in names}}
    if isinstance(value, bytes):
        try:
            return {"text": value.decode("utf-8")}
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


@functools.cache
def _field_names(cls: type) -> tuple[str, ...] | None:
    """Names of a dataclass's fields; None for any other class."""
    if not dataclasses.is_dataclass(cls):
        return None
    return tuple(item.name for item in dataclasses.fields(cls))


def decode(hint: Any, raw: Any) -> Any:
    """The value of type `hint` that `encode` made `raw` from.

    Raises:
        ValueError: `raw` is not such a value.
    """
    return _decoder(hint)(raw)


_Decoder = Callable[[Any], Any]


@functools.cache
def _decoder(hint: Any) -> _Decoder:
    """What gives back values of that type. Types are looked into once, not with each value."""
    origin, members = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(members)
    if origin is tuple:
        return _tuple(members)
    if origin is Mapping:
        return _mapping(members[1])
    if dataclasses.is_dataclass(hint):
        return _dataclass(typing.cast(type, hint))
    if hint is bytes:
        return _decode_bytes
    return _scalar(hint)


def _scalar(hint: Any) -> _Decoder:
    def decode_scalar(raw: Any) -> Any:
        if type(raw) is hint:
            if hint is str and not is_text(raw):
                raise ValueError("not text")
            return raw
        if hint is float and type(raw) is int:
            return float(raw)
        # Not the value itself: it may be a password.
        raise ValueError(f"a {type(raw).__name__} where a {hint} is due")

    return decode_scalar


def _mapping(value: Any) -> _Decoder:
    decode_value = _decoder(value)

    def decode_mapping(raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise ValueError("not a mapping")
        if not all(map(is_text, raw)):
            raise ValueError("not text")
        return {key: decode_value(item) for key, item in raw.items()}

    return decode_mapping


def _union(members: tuple[Any, ...]) -> _Decoder:
    by_name = {getattr(member, "__name__", ""): _decoder(member) for member in reversed(members)}
    by_kind = {
        kind: [_decoder(member) for member in members if kind in _kinds(member)]
        for kind in (str, int, float, bool, list, dict, type(None))
    }

    def decode_union(raw: Any) -> Any:
        name = raw.get(TAG) if isinstance(raw, dict) else None
        if isinstance(name, str) and name in by_name:
            return by_name[name](raw)
        for decode_member in by_kind.get(type(raw), ()):
            try:
                return decode_member(raw)
            except ValueError:
                continue
        raise ValueError(f"none of {members}")

    return decode_union


def _kinds(member: Any) -> tuple[type, ...]:
    """The types of JSON values a member of a union can be made from."""
    origin = typing.get_origin(member)
    if origin is tuple:
        return (list,)
    if origin is Mapping or member is bytes or dataclasses.is_dataclass(member):
        return (dict,)
    return (float, int) if member is float else (member,)


def _tuple(members: tuple[Any, ...]) -> _Decoder:
    decoders = [_decoder(member) for member in members if member is not Ellipsis]
    endless = len(members) == 2 and members[1] is Ellipsis

    def decode_tuple(raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            raise ValueError("not a list")
        if endless:
            return tuple([decoders[0](item) for item in raw])
        if len(decoders) != len(raw):
            raise ValueError(f"does not have {len(members)} items")
        return tuple([decode_item(item) for decode_item, item in zip(decoders, raw, strict=True)])

    return decode_tuple


def _dataclass(cls: type) -> _Decoder:
    name = cls.__name__
    try:
        hints = typing.get_type_hints(cls)
    except NameError:
        # A step: who makes plans loads the actions of one, who reads them loads all.
        from xenbond_tui.plan.actions import Action

        hints = typing.get_type_hints(cls, localns={"Action": Action})
    known = dataclasses.fields(cls)
    decoders = {item.name: _decoder(hints[item.name]) for item in known}
    former = {item.metadata[FORMERLY]: item.name for item in known if FORMERLY in item.metadata}

    def decode_dataclass(raw: Any) -> Any:
        if not isinstance(raw, dict) or raw.get(TAG) != name:
            raise ValueError(f"not a {name}")
        named = {former.get(key, key): item for key, item in raw.items()}
        fields = {key: decoders[key](item) for key, item in named.items() if key in decoders}
        try:
            return cls(**fields)
        except TypeError as error:
            raise ValueError(f"{name}: {error}") from None

    return decode_dataclass


def _decode_bytes(raw: Any) -> bytes:
    match raw:
        case {"text": str(text)}:
            return text.encode("utf-8")
        case {"base64": str(text)}:
            try:
                return base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                pass
    raise ValueError("not bytes")


def is_path(text: str) -> bool:
    """Is it an absolute path that names one place below the root, with no `..` in it?"""
    plain = text[:1] == "/" and text[1:2] not in ("", "/") and "\0" not in text
    return plain and text == os.path.normpath(text)
