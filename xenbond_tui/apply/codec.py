"""Values to JSON and back, exactly: frozen dataclasses, tuples, mappings and bytes.

Bytes are kept as readable text where they are UTF-8, else as base64. Every dataclass carries its
class name under "is", so that a union of them (a plan's actions) comes back as the right one.
"""

import base64
import binascii
import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any

TAG = "is"


def encode(value: object) -> Any:
    """What `json.dumps` takes, for anything `decode` can give back."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            item.name: encode(getattr(value, item.name)) for item in dataclasses.fields(value)
        }
        return {TAG: type(value).__name__, **fields}
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


def decode(hint: Any, raw: Any) -> Any:
    """The value of type `hint` that `encode` made `raw` from.

    Raises:
        ValueError: `raw` is not such a value.
    """
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(hint), raw)
    if origin is tuple:
        return _decode_tuple(typing.get_args(hint), raw)
    if origin is Mapping:
        if not isinstance(raw, dict):
            raise ValueError(f"{raw!r} is not a mapping")
        return {key: decode(typing.get_args(hint)[1], item) for key, item in raw.items()}
    if dataclasses.is_dataclass(hint):
        return _decode_dataclass(typing.cast(type, hint), raw)
    if hint is bytes:
        return _decode_bytes(raw)
    if hint is float and type(raw) is int:
        return float(raw)
    if hint is type(None) and raw is None:
        return None
    if type(raw) is not hint:
        raise ValueError(f"{raw!r} is not {hint}")
    return raw


def _decode_union(members: tuple[Any, ...], raw: Any) -> Any:
    if isinstance(raw, dict) and TAG in raw:
        for member in members:
            if getattr(member, "__name__", "") == raw[TAG]:
                return decode(member, raw)
    for member in members:
        try:
            return decode(member, raw)
        except ValueError:
            continue
    raise ValueError(f"{raw!r} is none of {members}")


def _decode_tuple(members: tuple[Any, ...], raw: Any) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise ValueError(f"{raw!r} is not a list")
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(decode(members[0], item) for item in raw)
    if len(members) != len(raw):
        raise ValueError(f"{raw!r} does not have {len(members)} items")
    return tuple(decode(member, item) for member, item in zip(members, raw, strict=True))


def _decode_dataclass(cls: type, raw: Any) -> Any:
    if not isinstance(raw, dict) or raw.get(TAG) != cls.__name__:
        raise ValueError(f"not a {cls.__name__}: {raw!r}")
    hints = _hints(cls)
    fields = {key: decode(hints[key], item) for key, item in raw.items() if key in hints}
    try:
        return cls(**fields)
    except TypeError as error:
        raise ValueError(f"{cls.__name__}: {error}") from None


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    """Field -> type. Python works the types out anew each time it is asked."""
    hints = typing.get_type_hints(cls)
    return {item.name: hints[item.name] for item in dataclasses.fields(cls)}


def _decode_bytes(raw: Any) -> bytes:
    match raw:
        case {"text": str(text)}:
            return text.encode("utf-8")
        case {"base64": str(text)}:
            try:
                return base64.b64decode(text, validate=True)
            except binascii.Error:
                pass
    raise ValueError(f"{raw!r} is not bytes")
