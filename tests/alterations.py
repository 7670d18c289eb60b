"""What a mutant changes in a node of a syntax tree, and what it leaves as it is."""

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Alter: TypeAlias = Callable[[Any], None]
"""Changes a node of a syntax tree in place."""

PAIRS: tuple[tuple[type, type], ...] = (
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot)),
    *((ast.In, ast.NotIn), (ast.And, ast.Or), (ast.Add, ast.Sub), (ast.LShift, ast.RShift)),
    *((ast.BitAnd, ast.BitOr), (ast.USub, ast.UAdd)),
)
SWAPPED: dict[type, type] = {
    **dict(PAIRS),
    **{second: first for first, second in PAIRS},
    **dict.fromkeys((ast.FloorDiv, ast.Mod, ast.Pow, ast.Div), ast.Mult),
    ast.Mult: ast.Add,
    ast.BitXor: ast.BitOr,
}
"""What stands for an operator in a mutant."""
ALIKE = (("min", "max"), ("minimum", "maximum"), ("any", "all"))
NAMES = {**dict(ALIKE), **{second: first for first, second in ALIKE}}
REFUSING = {"refuse", "unsupported", "misfit", "UsageError", "combine"}
"""What makes errors: no mutants within."""
COMMUTING = {
    *("Add", "Mul", "Max", "Min", "Sum", "Equal", "And", "Or", "add", "minimum", "maximum"),
    *("min", "max"),
}
"""Functions and operators whose arguments may come in any order."""
UNORDERED = {"graph", "layer", "numbers", "self", "cls"}
"""Arguments that nobody takes for another."""


def untouched(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement that no mutant changes."""
    for node in ast.walk(statement):
        for each in aside(node):
            yield from ast.walk(each)


def aside(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Raise() | ast.Assert() | ast.Delete() | ast.JoinedStr():
            yield node
        case ast.FunctionDef(args=args, returns=returns, decorator_list=decorators):
            arguments = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
            yield from (each.annotation for each in arguments if each and each.annotation)
            yield from [returns] if returns else []
            yield from decorators
        case ast.AnnAssign(annotation=annotation):
            yield annotation
        case ast.Expr(value=ast.Constant()):
            yield node
        case ast.If(test=test, body=[ast.Raise()], orelse=[]):
            yield test
        case ast.keyword(arg="strict" | "copy"):
            yield node
        case ast.Call(func=ast.Name(id="computed"), args=[_, _, name, *_]):  # what it is called
            yield name
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in REFUSING:
            yield node


def changes(node: ast.AST) -> Iterator[tuple[str, str, Alter]]:
    """Yield every change of a node: its kind, the node as it was, and what makes the change."""
    before = spelled(node)
    for kind, alter in (*of_values(node), *of_operators(node), *of_conditions(node)):
        yield kind, before, alter
    for name, pairs in of_orders(node):
        for first, second in pairs:
            yield "order", before, swap(name, first, second)


def spelled(node: ast.AST) -> str:
    """Return a node as source in one line; of a block its head alone."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            return f"if {ast.unparse(test)}"
        case ast.For(target=target):
            return f"for {ast.unparse(target)}"
    text = ast.unparse(node)
    return " ".join(text.split())


def of_values(node: ast.AST) -> Iterator[tuple[str, Alter]]:
    match node:
        case ast.Constant(value=bool(value)):
            yield "boolean", put("value", not value)
        case ast.Constant(value=int(value)):
            yield "integer", put("value", value + 1)
        case ast.Constant(value=float(value)):
            yield "float", put("value", 1.5 * value + 0.25)
        case ast.Constant(value=str(value)):
            yield "string", put("value", f"{value}_")
        case ast.Name(id=name) if name in NAMES:
            yield "name", put("id", NAMES[name])
        case ast.Attribute(attr=name) if name in NAMES:
            yield "name", put("attr", NAMES[name])


def of_operators(node: ast.AST) -> Iterator[tuple[str, Alter]]:
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.UnaryOp(op=op) if type(op) in SWAPPED:
            yield "operator", put("op", SWAPPED[type(op)]())
        case ast.BinOp(op=ast.MatMult()):
            yield "order", exchange("left", "right")
        case ast.Compare(ops=ops):
            for place, each in enumerate(ops):
                yield "comparison", put_at("ops", place, SWAPPED[type(each)]())


def of_conditions(node: ast.AST) -> Iterator[tuple[str, Alter]]:
    match node:
        case ast.IfExp():
            yield "condition", exchange("body", "orelse")
        case ast.If(test=ast.Compare(ops=[_])) | ast.While(test=ast.Constant()):
            pass
        case ast.If() | ast.While():
            yield "condition", negate("test")
        case ast.comprehension(ifs=[_]):
            yield "condition", negate_each("ifs")


def of_orders(node: ast.AST) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield the lists in a node, and which neighbours in them can change places."""
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            yield "elts", neighbours(elements)
        case ast.Dict(values=values):
            yield "values", neighbours(values)
        case ast.Call(args=args, keywords=keywords):
            if not commutes(node):
                yield "args", neighbours(args)
            yield "keywords", neighbours([each.value for each in keywords])


def neighbours(nodes: list[ast.expr]) -> list[tuple[int, int]]:
    return [(at, at + 1) for at in range(len(nodes) - 1) if alike(nodes[at], nodes[at + 1])]


def commutes(call: ast.Call) -> bool:
    """Tell whether a function, or the operator that it adds to a graph, takes any order."""
    match call:
        case ast.Call(func=ast.Attribute(attr="op"), args=[ast.Constant(value=name), *_]):
            return name in COMMUTING
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in COMMUTING
    return False


def alike(a: ast.expr, b: ast.expr) -> bool:
    """Tell whether two elements are of one kind, and not the same."""
    texts = {ast.unparse(a), ast.unparse(b)}
    if type(a) is not type(b) or len(texts) == 1 or texts & UNORDERED:
        return False
    if isinstance(a, ast.Constant) and isinstance(b, ast.Constant):
        return type(a.value) is type(b.value)
    return not isinstance(a, ast.Starred | ast.Lambda)


def put(name: str, value: object) -> Alter:
    return lambda node: setattr(node, name, value)


def put_at(name: str, place: int, value: object) -> Alter:
    return lambda node: getattr(node, name).__setitem__(place, value)


def exchange(first: str, second: str) -> Alter:
    def alter(node: Any) -> None:
        left, right = getattr(node, first), getattr(node, second)
        setattr(node, first, right)
        setattr(node, second, left)

    return alter


def negate(name: str) -> Alter:
    return lambda node: setattr(node, name, ast.UnaryOp(ast.Not(), getattr(node, name)))


def negate_each(name: str) -> Alter:
    return lambda node: setattr(
        node, name, [ast.UnaryOp(ast.Not(), each) for each in getattr(node, name)]
    )


def swap(name: str, first: int, second: int) -> Alter:
    def alter(node: Any) -> None:
        each = getattr(node, name)
        if name == "keywords":
            each[first].value, each[second].value = each[second].value, each[first].value
        else:
            each[first], each[second] = each[second], each[first]

    return alter
