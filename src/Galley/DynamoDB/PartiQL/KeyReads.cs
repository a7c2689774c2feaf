using Galley.DynamoDB.Expressions;
using Galley.Store;

namespace Galley.DynamoDB.PartiQL;

/// <summary>A range of one partition that a SELECT reads, as store keys: from ≤ key &lt; to.</summary>
/// <param name="One">The whole key is named.</param>
/// <param name="Negated">The clause says of the sort key what it is not: the read may overlap with others.</param>
internal readonly record struct KeyRead(AttributeValue Hash, byte[] From, byte[] To, bool One, bool Negated = false);

/// <summary>
/// What of a WHERE clause can be read by key. Where every alternative of the clause names the partition (`=`, IN, OR), the SELECT becomes
/// as many queries; otherwise it is a scan. The clause as a whole stays the filter.
/// </summary>
internal sealed class KeyReads(Binder binder, KeyPart hash, KeyPart? range)
{
    private const int MostReads = 50, MostAlternatives = 2000;
    private static readonly Comparer<byte[]> Bytes = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    /// <summary>Null for a scan.</summary>
    public List<KeyRead>? Of(Term? where, byte[] space)
    {
        if (where is null || Alternatives(where) is not { } alternatives) return null;
        var reads = new List<KeyRead>();
        foreach (var alternative in alternatives)
        {
            AttributeValue? partition = null;
            foreach (var term in alternative)
                if (EqualTo(term, hash) is { } value)
                {
                    if (partition is not null && !partition.Same(value)) return null;
                    partition = value;
                }

            if (partition is null) return null;
            reads.Add(new(partition, [], [], false));
        }

        if (reads.Count > MostReads) throw Errors.Validation("Too many decomposed read operations for a given query.");
        for (var i = 0; i < reads.Count; i++) reads[i] = Read(reads[i].Hash, alternatives[i], space);
        CheckApart(reads.Where(read => !read.Negated));
        return reads.Exists(read => read.Negated) ? Merged(reads) : reads;
    }

    /// <summary>The parts of a clause that AND joins.</summary>
    public static IEnumerable<Term> Conjuncts(Term? term) => term switch
    {
        null => [],
        AndTerm both => Conjuncts(both.Left).Concat(Conjuncts(both.Right)),
        _ => [term],
    };

    /// <summary>The top-level attributes that a term names.</summary>
    public static IEnumerable<string> Roots(Term term) => term switch
    {
        PathTerm path => [path.Path.Root],
        AndTerm both => Roots(both.Left).Concat(Roots(both.Right)),
        OrTerm either => Roots(either.Left).Concat(Roots(either.Right)),
        NotTerm negated => Roots(negated.Inner),
        BinaryTerm binary => Roots(binary.Left).Concat(Roots(binary.Right)),
        BetweenTerm between => Roots(between.Value).Concat(Roots(between.Low)).Concat(Roots(between.High)),
        InTerm among => Roots(among.Value).Concat(among.Among.SelectMany(Roots)),
        IsTerm test => Roots(test.Value),
        CallTerm call => call.Arguments.SelectMany(Roots),
        _ => [],
    };

    /// <summary>The value that a term demands of an attribute, `a = v`, `v = a` or `a IN [v]`; null when it does not.</summary>
    public static AttributeValue? EqualTo(Binder binder, Term term, string attribute, bool inCounts) => term switch
    {
        BinaryTerm { Operator: "=", Left: PathTerm path, Right: var value } when path.TopLevel == attribute => binder.Constant(value),
        BinaryTerm { Operator: "=", Left: var value, Right: PathTerm path } when path.TopLevel == attribute => binder.Constant(value),
        InTerm { Value: PathTerm path, Among: [var value] } when inCounts && path.TopLevel == attribute => binder.Constant(value),
        _ => null,
    };

    private AttributeValue? EqualTo(Term term, KeyPart part) => EqualTo(binder, term, part.Name, inCounts: true);

    /// <summary>The clause as OR of ANDs, opened only where keys are named; null when that grows too large.</summary>
    private List<List<Term>>? Alternatives(Term term)
    {
        switch (term)
        {
            case OrTerm either when NamesKey(either):
                if (Alternatives(either.Left) is not { } left || Alternatives(either.Right) is not { } right || left.Count + right.Count > MostAlternatives) return null;
                return [.. left, .. right];
            case AndTerm both:
                if (Alternatives(both.Left) is not { } first || Alternatives(both.Right) is not { } second || first.Count * second.Count > MostAlternatives) return null;
                return [.. first.SelectMany(_ => second, (a, b) => (List<Term>)[.. a, .. b])];
            case InTerm { Value: PathTerm path } among when path.TopLevel == hash.Name || range is not null && path.TopLevel == range.Name:
                return [.. among.Among.Select(value => (List<Term>)[new BinaryTerm("=", path, value)])];
            default:
                return [[term]];
        }
    }

    private bool NamesKey(Term term) => term switch
    {
        OrTerm either => NamesKey(either.Left) || NamesKey(either.Right),
        AndTerm both => NamesKey(both.Left) || NamesKey(both.Right),
        InTerm { Value: PathTerm path } => path.TopLevel is { } name && (name == hash.Name || name == range?.Name),
        _ => EqualTo(term, hash) is not null || range is not null && OnRange(term) is not null,
    };

    /// <summary>The term as a condition on the sort key that a query can follow; null when it is none.</summary>
    private Condition? OnRange(Term term)
    {
        switch (term)
        {
            case BinaryTerm { Operator: "=" or "<" or "<=" or ">" or ">=", Left: PathTerm path, Right: var value } binary when path.TopLevel == range!.Name:
                return binder.Constant(value) is { } right ? new Comparison(binary.Operator, new PathOperand(path.Path), new ValueOperand(right)) : null;
            case BinaryTerm { Operator: "=" or "<" or "<=" or ">" or ">=", Left: var value, Right: PathTerm path } binary when path.TopLevel == range!.Name:
                return binder.Constant(value) is { } left ? new Comparison(Turned(binary.Operator), new PathOperand(path.Path), new ValueOperand(left)) : null;
            case BetweenTerm { Value: PathTerm path } between when path.TopLevel == range!.Name:
                return binder.Constant(between.Low) is { } low && binder.Constant(between.High) is { } high
                    ? new Between(new PathOperand(path.Path), new ValueOperand(low), new ValueOperand(high))
                    : null;
            case CallTerm { Function: "begins_with", Arguments: [PathTerm path, var prefix] } when path.TopLevel == range!.Name:
                return binder.Constant(prefix) is { } start ? new BeginsWith(new PathOperand(path.Path), new ValueOperand(start)) : null;
            default:
                return null;
        }
    }

    private KeyRead Read(AttributeValue partition, List<Term> alternative, byte[] space)
    {
        CheckType(hash, partition);
        var (from, to) = KeyCondition.Of(Equality(partition), hash, range).Range(space);
        if (range is not null)
            foreach (var term in alternative)
                if (OnRange(term) is { } condition)
                {
                    foreach (var value in ValuesOf(condition)) CheckType(range, value);
                    var (low, high) = KeyCondition.Of(new And(Equality(partition), condition), hash, range).Range(space);
                    if (low.AsSpan().SequenceCompareTo(from) > 0) from = low;
                    if (high.AsSpan().SequenceCompareTo(to) < 0) to = high;
                }

        return new(partition, from, to, range is null || alternative.Exists(term => EqualTo(term, range) is not null), range is not null && alternative.Exists(term => Negates(term, range.Name)));
    }

    private static bool Negates(Term term, string attribute) => term switch
    {
        NotTerm negated => Roots(negated.Inner).Contains(attribute),
        BinaryTerm { Operator: "<>" } unequal => Roots(unequal).Contains(attribute),
        _ => false,
    };

    /// <summary>What overlaps is read once; the clause as a whole stays the filter.</summary>
    private static List<KeyRead> Merged(List<KeyRead> reads)
    {
        var merged = new List<KeyRead>();
        foreach (var read in reads.OrderBy(read => read.From, Bytes))
            if (merged.Count > 0 && merged[^1] is var last && read.From.AsSpan().SequenceCompareTo(last.To) < 0)
                merged[^1] = last with { To = Bytes.Compare(read.To, last.To) > 0 ? read.To : last.To, One = false };
            else merged.Add(read);
        return merged;
    }

    private Comparison Equality(AttributeValue partition) => new("=", new PathOperand(new DocumentPath([new PathStep(hash.Name, 0)])), new ValueOperand(partition));

    private static void CheckType(KeyPart part, AttributeValue value)
    {
        if (value.Type != part.Type) throw Errors.Validation($"Key attribute's data type should match its data type in table's schema: Key {part.Name}");
    }

    private static void CheckApart(IEnumerable<KeyRead> reads)
    {
        var ordered = reads.Where(read => read.From.AsSpan().SequenceCompareTo(read.To) < 0).OrderBy(read => read.From, Bytes).ToList();
        for (var i = 1; i < ordered.Count; i++)
            if (ordered[i].From.AsSpan().SequenceCompareTo(ordered[i - 1].To) < 0)
                throw Errors.Validation("Overlapping conditions with range keys are not supported in where clause");
    }

    private static IEnumerable<AttributeValue> ValuesOf(Condition condition) => condition switch
    {
        Comparison { Right: ValueOperand value } => [value.Value],
        Between { Low: ValueOperand low, High: ValueOperand high } => [low.Value, high.Value],
        BeginsWith { Prefix: ValueOperand prefix } => [prefix.Value],
        _ => [],
    };

    private static string Turned(string comparison) => comparison switch
    {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => comparison,
    };
}
