using CsCheck;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>Random values, keys, items, conditions and updates, from small pools so that they meet each other often.</summary>
internal sealed class ModelValues
{
    private static readonly string[] Texts = ["a", "a\0", "a\0b", "a\u0001", "ab", "b", "é", "\uFFFD", "😀", "1"];
    private static readonly string[] Numbers =
        ["0", "-0", "1", "1.0", "1e0", "2", "10", "9", "-1", "-10", "0.5", "-0.5", "0.05", "100", "1E+125", "-1E+125", "1E-130", "-1E-130", "99999999999999999999999999999999999999", "-9.9999999999999999999999999999999999999E+125", "123456789.123456789"];
    private static readonly string[] Binaries = ["00", "0000", "00ff", "01", "0100", "61", "6100", "ff", "ff00", "ffff"];
    private static readonly string[] Types = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];

    private static readonly Gen<ModelValue> Text = Gen.OneOf(Texts).Select(ModelValue.S);
    private static readonly Gen<ModelValue> Number = Gen.OneOf(Numbers).Select(ModelValue.N);
    private static readonly Gen<ModelValue> Binary = Gen.OneOf(Binaries).Select(ModelValue.B);
    private static readonly Gen<ModelValue> Scalar = Gen.Frequency((4, Text), (4, Number), (2, Binary), (1, Gen.Bool.Select(ModelValue.Bool)), (1, Gen.Const(ModelValue.Null)),
        (1, Gen.Const(() => ModelValue.S(""))), (1, Gen.Const(() => ModelValue.B(""))));
    private static readonly Gen<ModelValue> Ordered = Gen.OneOf(Text, Number, Binary);
    private static readonly Gen<ModelValue> Set = Gen.OneOf(
        Text.List[1, 3].Select(list => ModelValue.Set("SS", list)), Number.List[1, 3].Select(list => ModelValue.Set("NS", list)), Binary.List[1, 3].Select(list => ModelValue.Set("BS", list)));
    private static readonly Gen<ModelValue> Inner = Gen.Frequency((4, Scalar), (1, Set), (1, Map(Scalar)), (1, List(Scalar)));
    private static readonly Gen<ModelValue> Value = Gen.Frequency((5, Scalar), (2, Set), (2, Map(Inner)), (2, List(Inner)));

    private static readonly object[][] Places =
        [["c"], ["d"], ["e"], ["f"], ["g"], ["m"], ["l"], ["n"], ["e", "x"], ["m", "x"], ["m", "y"], ["m", "x", "y"], ["m", "x", 0], ["l", 0], ["l", 1], ["l", 2], ["l", 9], ["l", 0, "x"], ["l", 1, 0]];

    private static readonly Gen<ModelPath> Path = Gen.Select(Gen.OneOf(Places), Gen.Bool, (steps, placeholder) => new ModelPath((string)steps[0], steps[1..], placeholder));
    private static readonly Gen<ModelPath> PathOrKey = Gen.Frequency((9, Path), (1, Gen.OneOf("a", "b").Select(name => new ModelPath(name, [], true))));

    public Gen<ModelCondition> Condition { get; } = Conditions();

    public Gen<ModelUpdate> Update { get; } = Actions().List[1, 4].Select(actions => new ModelUpdate(NoClashes(actions, action => action.Path)));

    public Gen<IReadOnlyList<ModelPath>> Projection { get; } = PathOrKey.List[1, 4].Select(paths => (IReadOnlyList<ModelPath>)NoClashes(paths, path => path));

    public Gen<SortedDictionary<string, ModelValue>> Key(ModelTable table)
        => Gen.Select(Part(table.Hash.Type, few: true), Part(table.Range?.Type ?? "S"), (hash, range) => Named((table.Hash.Name, hash), (table.Range?.Name ?? "", table.Range is null ? null : range)));

    public Gen<SortedDictionary<string, ModelValue>> Item(ModelTable table) => Gen.Select(
        Key(table), Sometimes(3, 4, Gen.Frequency((20, Text), (1, Scalar))), Sometimes(3, 4, Gen.Frequency((20, Number), (1, Scalar))), Sometimes(1, 2, Value), Sometimes(1, 2, Value),
        Gen.Select(Sometimes(1, 3, Number), Sometimes(1, 3, Set)), Gen.Select(Sometimes(1, 2, Map(Inner)), Sometimes(1, 2, List(Inner))),
        (key, c, d, e, f, numbers, containers) =>
        {
            foreach (var (name, value) in Named(("c", c), ("d", d), ("e", e), ("f", f), ("n", numbers.Item1), ("g", numbers.Item2), ("m", containers.Item1), ("l", containers.Item2))) key.TryAdd(name, value);
            return key;
        });

    public Gen<string?> Returns(string kind) => kind == "Update" ? Gen.OneOf<string?>(null, "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW") : Gen.OneOf<string?>(null, "NONE", "ALL_OLD");

    /// <summary>Every attribute of the hash = value, and perhaps a condition on the first of the range.</summary>
    public Gen<ModelCondition> RangeCondition(ModelTable table, ModelIndex? index)
    {
        var hashes = index?.Hashes ?? [table.Hash];
        var range = index is null ? table.Range : index.Ranges.FirstOrDefault();
        var on = hashes.Select(hash => Part(hash.Type, few: true).Select(value => (ModelCondition)new ModelCondition.Compare(new(hash.Name, [], true), "=", value, null, false, false)))
            .Aggregate((one, other) => Gen.Select(one, other, (left, right) => (ModelCondition)new ModelCondition.Both(left, right)));
        if (range is null) return on;
        var path = new ModelPath(range.Name, [], false);
        var compare = Gen.Select(Gen.OneOf("=", "<", "<=", ">", ">="), Part(range.Type), (op, value) => (ModelCondition)new ModelCondition.Compare(path, op, value, null, false, false));
        var between = Gen.Select(Part(range.Type), Part(range.Type), (low, high) => low.Compare(high) <= 0 ? (ModelCondition)new ModelCondition.Between(path, low, high) : new ModelCondition.Between(path, high, low));
        var begins = Part(range.Type).Select(value => (ModelCondition)new ModelCondition.BeginsWith(path, value));
        var narrowed = range.Type == "N" ? Gen.OneOf(compare, between) : Gen.OneOf(compare, between, begins);
        return Gen.Frequency((1, on), (2, Gen.Select(on, narrowed, (left, right) => (ModelCondition)new ModelCondition.Both(left, right))));
    }

    private static Gen<ModelCondition> Conditions()
    {
        var op = Gen.OneOf("=", "<>", "<", "<=", ">", ">=");
        var leaf = Gen.OneOf<ModelCondition>(
            Gen.Select(PathOrKey, op, Ordered, Gen.Bool, (path, o, value, turned) => (ModelCondition)new ModelCondition.Compare(path, o, value, null, false, turned)),
            Gen.Select(Path, Gen.OneOf("=", "<>"), Value, (path, o, value) => (ModelCondition)new ModelCondition.Compare(path, o, value, null, false, false)),
            Gen.Select(Path, op, Path, (path, o, other) => path.ToString() == other.ToString() ? new ModelCondition.Exists(path, true) : (ModelCondition)new ModelCondition.Compare(path, o, null, other, false, false)),
            Gen.Select(Path, Gen.OneOf("=", "<", ">="), Gen.Int[0, 3], Gen.Bool, (path, o, size, turned) => (ModelCondition)new ModelCondition.Compare(path, o, ModelValue.N($"{size}"), null, true, turned)),
            Gen.Select(Path, Ordered, Ordered, (path, one, other) => one.Compare(other) is not { } order
                ? new ModelCondition.Between(path, one, one) : (ModelCondition)new ModelCondition.Between(path, order <= 0 ? one : other, order <= 0 ? other : one)),
            Gen.Select(Path, Value.List[1, 3], (path, values) => (ModelCondition)new ModelCondition.Among(path, values)),
            Gen.Select(PathOrKey, Gen.Bool, (path, wanted) => (ModelCondition)new ModelCondition.Exists(path, wanted)),
            Gen.Select(Path, Gen.OneOf(Types), (path, type) => (ModelCondition)new ModelCondition.TypeIs(path, type)),
            Gen.Select(Path, Gen.OneOf(Text, Binary), (path, prefix) => (ModelCondition)new ModelCondition.BeginsWith(path, prefix)),
            Gen.Select(Path, Inner, (path, part) => (ModelCondition)new ModelCondition.Contains(path, part)));
        var simple = leaf;
        for (var depth = 0; depth < 2; depth++)
        {
            var inner = simple;
            simple = Gen.Frequency(
                (6, leaf), (1, Gen.Select(inner, inner, (a, b) => (ModelCondition)new ModelCondition.Both(a, b))), (1, Gen.Select(inner, inner, (a, b) => (ModelCondition)new ModelCondition.Either(a, b))),
                (1, inner.Select(a => (ModelCondition)new ModelCondition.Negation(a))), (1, Gen.Select(leaf, leaf, leaf, leaf, (a, b, c, d) => (ModelCondition)new ModelCondition.Precedence(a, b, c, d))));
        }

        return simple;
    }

    private static Gen<ModelAction> Actions()
    {
        var path = Path.Select(p => new ModelOperand("path", Path: p));
        var value = Value.Select(v => new ModelOperand("value", v));
        var number = Gen.OneOf(path, Number.Select(v => new ModelOperand("value", v)), Gen.Select(Path, Number, (p, v) => new ModelOperand("otherwise", Path: p, First: new("value", v))));
        var list = Gen.OneOf(path, List(Scalar).Select(v => new ModelOperand("value", v)), Gen.Select(Path, List(Scalar), (p, v) => new ModelOperand("otherwise", Path: p, First: new("value", v))));
        var operand = Gen.Frequency(
            (5, value), (1, path), (2, Gen.Select(Path, Gen.OneOf(value, path), (p, first) => new ModelOperand("otherwise", Path: p, First: first))),
            (2, Gen.Select(list, list, (a, b) => new ModelOperand("append", First: a, Second: b))), (2, Gen.Select(Gen.OneOf("+", "-"), number, number, (sign, a, b) => new ModelOperand(sign, First: a, Second: b))));
        return Gen.Frequency(
            (6, Gen.Select(Path, operand, (p, o) => new ModelAction("SET", p, o))), (2, Path.Select(p => new ModelAction("REMOVE", p, null))),
            (2, Gen.Select(Path, Gen.OneOf(Number, Set), (p, v) => new ModelAction("ADD", p with { Steps = [] }, new("value", v)))),
            (1, Gen.Select(Path, Set, (p, v) => new ModelAction("DELETE", p with { Steps = [] }, new("value", v)))));
    }

    private static List<T> NoClashes<T>(IEnumerable<T> all, Func<T, ModelPath> path)
    {
        var kept = new List<T>();
        foreach (var one in all)
            if (!kept.Any(other => path(other).Clashes(path(one))))
                kept.Add(one);
        return kept;
    }

    private static Gen<ModelValue> Part(string type, bool few = false) => type switch
    {
        "S" => Gen.OneOf(few ? Texts[..3] : Texts).Select(ModelValue.S),
        "N" => Gen.OneOf(few ? ["1", "1.0", "-1"] : Numbers).Select(ModelValue.N),
        _ => Gen.OneOf(few ? Binaries[..3] : Binaries).Select(ModelValue.B),
    };

    private static Gen<ModelValue> Map(Gen<ModelValue> inner) => Gen.Select(Sometimes(2, 3, inner), Sometimes(1, 2, inner), (x, y) => ModelValue.M(Named(("x", x), ("y", y))));

    private static Gen<ModelValue> List(Gen<ModelValue> inner) => inner.List[0, 3].Select(ModelValue.L);

    private static Gen<ModelValue?> Sometimes(int times, int of, Gen<ModelValue> gen) => Gen.Frequency((times, gen.Select(value => (ModelValue?)value)), (of - times, Gen.Const((ModelValue?)null)));

    private static SortedDictionary<string, ModelValue> Named(params (string Name, ModelValue? Value)[] members)
        => new(members.Where(member => member.Value is not null).ToDictionary(member => member.Name, member => member.Value!), StringComparer.Ordinal);
}
