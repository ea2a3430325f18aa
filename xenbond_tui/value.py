"""Classes of values: what `dataclasses` makes, made in a tenth of its time.

That module compiles six methods of each class when the class is made, and imports `inspect` for it:
two thirds of what `xenbond status` cost. Here every class has the same methods, and its `__init__`
is compiled when it has had some values: most of a command's classes have one or two. `fields`,
`asdict` and `is_dataclass` take such a class for a dataclass, and so do type checkers. Fields are
always slots.
"""

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass, field as field, replace as replace
else:
    _FIRST = 64
    """Values of a class that are filled one field after the other, before that is compiled: to
    compile it takes as long as is saved by some sixty."""
    _set = object.__setattr__
    _NOTHING = object()
    """Where a default would be: the field has none."""

    class _Field:
        """What is said of a field besides its type."""

        __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "metadata")

        def __init__(
            self, default, default_factory=_NOTHING, init=True, compare=True, metadata=None
        ):
            self.default = default
            self.default_factory = default_factory
            self.init = init
            self.compare = compare
            self.metadata = metadata
            self.kw_only = False

    def field(
        *, default=_NOTHING, default_factory=_NOTHING, init=True, compare=True, metadata=None
    ):
        """Say more of a field than its type and default."""
        return _Field(default, default_factory, init, compare, metadata)

    def replace(value, /, **changes):
        """The same value with these fields changed."""
        for name, told in value.__told__.items():
            if told.init and name not in changes:
                changes[name] = getattr(value, name)
        return value.__class__(**changes)

    def dataclass(*, frozen=False, slots, eq=True, kw_only=False):
        """Make a class of values from a class of annotations."""
        if not slots:
            raise TypeError("a class of values has slots")

        def made(cls):
            return _made(cls, frozen, eq, kw_only)

        return made

    def _made(cls, frozen, eq, kw_only):
        members = {**cls.__dict__}
        members.pop("__dict__", None)
        members.pop("__weakref__", None)
        told, own = {}, _annotations(cls)
        for base in cls.__mro__[-2:0:-1]:
            told |= base.__dict__.get("__told__", {})
        members["__slots__"] = tuple(name for name in own if name not in told)
        for name in own:
            default = members.pop(name, _NOTHING)
            if not isinstance(default, _Field):
                default = _Field(default)
            default.kw_only = kw_only
            told[name] = default
        members["__told__"] = told
        members.setdefault("__match_args__", tuple(name for name in told if not told[name].kw_only))
        members["__dataclass_fields__"] = _FIELDS
        members.setdefault("__repr__", _repr)
        members["__reduce__"] = _reduce
        if eq:
            compared = [name for name in told if told[name].compare]
            members["__compared__"] = attrgetter(*compared) if compared else staticmethod(_nothing)
            members.setdefault("__eq__", _eq)
            members["__hash__"] = cls.__dict__.get("__hash__") or (_hash if frozen else None)
        if frozen:
            members["__setattr__"], members["__delattr__"] = _refuse_to_set, _refuse_to_delete
        left = _FIRST

        def first_init(self, *args, **named):
            nonlocal left
            left -= 1
            if left < 0 or not _filled(self, told, args, named):
                # What it was not filled with is refused in Python's own words.
                made.__init__ = _init_of(made, frozen)
                made.__init__(self, *args, **named)

        members["__init__"] = first_init
        made = type(cls)(cls.__name__, cls.__bases__, members)
        return made

    def _filled(self, fields, args, named):
        """Give a value its fields; False where these are not what it takes."""
        given, by_name, most = 0, 0, len(args)
        for name, told in fields.items():
            if given < most and told.init and not told.kw_only:
                value, given = args[given], given + 1
                if name in named:
                    return False
            elif name in named and told.init:
                value, by_name = named[name], by_name + 1
            elif told.default is not _NOTHING:
                value = told.default
            elif told.default_factory is not _NOTHING:
                value = told.default_factory()
            elif told.init:
                return False
            else:
                continue
            _set(self, name, value)
        if (given, by_name) != (most, len(named)):
            return False
        if hasattr(self, "__post_init__"):
            self.__post_init__()
        return True

    def _annotations(cls):
        # Not inspect.get_annotations: inspect is what takes long.
        own = cls.__dict__.get("__annotations__")  # noqa: RUF063
        if own is None and hasattr(cls, "__annotate__"):
            # Since Python 3.14 they are made when asked for.
            from annotationlib import Format, get_annotations

            own = get_annotations(cls, format=Format.FORWARDREF)
        return own or {}

    def _init_of(cls, frozen):
        """Compile `__init__`: a parameter for each field, with its default."""
        names = {"_nothing": _NOTHING}
        parameters, by_name, lines = ["self"], [], []
        for name, told in cls.__told__.items():
            value = name
            if told.default_factory is not _NOTHING:
                names[f"_make_{name}"], default = told.default_factory, "_nothing"
                value = f"_make_{name}()"
                if told.init:
                    value += f" if {name} is _nothing else {name}"
            elif told.default is not _NOTHING:
                names[f"_default_{name}"] = told.default
                default = f"_default_{name}"
            else:
                default = ""
            if told.init:
                to = by_name if told.kw_only else parameters
                to.append(f"{name}={default}" if default else name)
            elif not default:
                continue
            elif told.default_factory is _NOTHING:
                value = default
            if frozen:
                # The slot's own setter: half the time of `object.__setattr__`.
                names[f"_set_{name}"] = getattr(cls, name).__set__
            lines.append(f"_set_{name}(self, {value})" if frozen else f"self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        parameters += ["*", *by_name] if by_name else []
        exec(  # noqa: S102 - names and defaults of our own classes
            f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), names
        )
        return names["__init__"]

    class _Fields:
        """`__dataclass_fields__`, for what asks `dataclasses` about a class."""

        def __get__(self, value, cls):
            import dataclasses

            for owner in cls.__mro__:
                if owner.__dict__.get("__dataclass_fields__") is self:
                    break
            names = ("default", "default_factory", "init", "compare", "metadata", "kw_only")
            known, items = {}, []
            for base in reversed(owner.__mro__):
                known |= _annotations(base)
            for name, told in owner.__told__.items():
                said = {key: getattr(told, key) for key in names}
                said = {key: item for key, item in said.items() if item is not _NOTHING}
                items.append((name, known[name], dataclasses.field(**said)))
            same = dataclasses.make_dataclass(owner.__name__, items)
            owner.__dataclass_fields__ = same.__dataclass_fields__
            return same.__dataclass_fields__

    _FIELDS = _Fields()

    def _repr(self):
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__told__)
        return f"{self.__class__.__qualname__}({said})"

    def _reduce(self):
        # What has no value yet can't be copied: AttributeError, as of any value.
        return _again, (self.__class__, tuple(getattr(self, name) for name in self.__told__))

    def _again(cls, values):
        value = object.__new__(cls)
        for name, item in zip(cls.__told__, values, strict=True):
            _set(value, name, item)
        return value

    def _nothing(value):
        return ()

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__compared__(self) == self.__compared__(other)

    def _hash(self):
        return hash(self.__compared__(self))

    def _refuse_to_set(self, name, value):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")
