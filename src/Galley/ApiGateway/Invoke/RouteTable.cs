using System.Diagnostics.CodeAnalysis;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// Which route answers: full matches before greedy ones before `$default`; within a level a literal segment beats a variable from the
/// left, and the exact method beats ANY. A path that exists only with other methods falls through, in the end to 404.
/// </summary>
internal sealed class RouteTable<T> where T : class
{
    private readonly Node _root = new();
    private T? _fallback;

    public void Add(string routeKey, T route)
    {
        if (routeKey == "$default")
        {
            _fallback = route;
            return;
        }

        var space = routeKey.IndexOf(' ', StringComparison.Ordinal);
        var method = routeKey[..space];
        var node = _root;
        var names = new List<string>();
        foreach (var segment in routeKey[(space + 2)..].Split('/'))
            if (segment.EndsWith("+}", StringComparison.Ordinal))
            {
                names.Add(segment[1..^2]);
                node.Greedy ??= [];
                node.Greedy[method] = new Leaf(route, [.. names]);
                return;
            }
            else if (segment.StartsWith('{'))
            {
                names.Add(segment[1..^1]);
                node = node.Variable ??= new Node();
            }
            else
            {
                if (!node.Literals.TryGetValue(segment, out var next)) node.Literals[segment] = next = new Node();
                node = next;
            }

        node.Here ??= [];
        node.Here[method] = new Leaf(route, [.. names]);
    }

    /// <param name="method">The request's method.</param>
    /// <param name="rawPath">Path without the stage, percent-encoding untouched, with its leading slash.</param>
    public RouteMatch<T>? Find(string method, string rawPath)
    {
        var segments = rawPath.AsSpan(1).ToString().Split('/');
        for (var i = 0; i < segments.Length; i++)
            if (segments[i].Contains('%', StringComparison.Ordinal))
                segments[i] = Uri.UnescapeDataString(segments[i]);
        var values = new List<string>();
        if (Full(_root, 0, out var leaf) || Greedy(_root, 0, out leaf)) return new RouteMatch<T>(leaf.Route, leaf.Parameters(values));
        return _fallback is null ? null : new RouteMatch<T>(_fallback, []);

        bool Full(Node node, int at, [NotNullWhen(true)] out Leaf? found)
        {
            found = null;
            if (at == segments.Length) return node.Here is not null && (node.Here.TryGetValue(method, out found) || node.Here.TryGetValue("ANY", out found));
            if (node.Literals.TryGetValue(segments[at], out var next) && Full(next, at + 1, out found)) return true;
            return node.Variable is not null && segments[at].Length > 0 && Through(node.Variable, at, Full, out found);
        }

        bool Greedy(Node node, int at, [NotNullWhen(true)] out Leaf? found)
        {
            found = null;
            if (at == segments.Length) return false;
            if (node.Literals.TryGetValue(segments[at], out var next) && Greedy(next, at + 1, out found)) return true;
            if (node.Variable is not null && segments[at].Length > 0 && Through(node.Variable, at, Greedy, out found)) return true;
            if (node.Greedy is null || !node.Greedy.TryGetValue(method, out found) && !node.Greedy.TryGetValue("ANY", out found)) return false;
            var rest = string.Join('/', segments.AsSpan(at)!);
            if (rest.Length == 0) return false;
            values.Add(rest);
            return true;
        }

        bool Through(Node variable, int at, Search search, [NotNullWhen(true)] out Leaf? found)
        {
            values.Add(segments[at]);
            if (search(variable, at + 1, out found)) return true;
            values.RemoveAt(values.Count - 1);
            return false;
        }
    }

    private delegate bool Search(Node node, int at, [NotNullWhen(true)] out Leaf? found);

    private sealed class Node
    {
        public Dictionary<string, Node> Literals { get; } = new(StringComparer.Ordinal);

        public Node? Variable { get; set; }

        public Dictionary<string, Leaf>? Here { get; set; }

        public Dictionary<string, Leaf>? Greedy { get; set; }
    }

    private sealed record Leaf(T Route, string[] Names)
    {
        public KeyValuePair<string, string>[] Parameters(List<string> values)
        {
            if (Names.Length == 0) return [];
            var parameters = new KeyValuePair<string, string>[Names.Length];
            for (var i = 0; i < parameters.Length; i++) parameters[i] = new(Names[i], values[i]);
            return parameters;
        }
    }
}

/// <param name="Route">What was added.</param>
/// <param name="Parameters">Path variables, percent-decoded once.</param>
internal sealed record RouteMatch<T>(T Route, KeyValuePair<string, string>[] Parameters);
