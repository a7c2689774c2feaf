using Galley.ApiGateway.Invoke;

namespace Galley.ApiGateway.Mapping;

/// <summary>`requestParameters`: what an integration changes about a request before it gets it. All values are those of the request as it came.</summary>
internal sealed class RequestMapping
{
    private const string Header = "request.header.", Query = "request.querystring.", PathVariable = "request.path.", Body = "request.body", Context = "context.", Variable = "stageVariables.";
    private readonly List<MappingRule> _rules;

    private RequestMapping(List<MappingRule> rules) => _rules = rules;

    public static RequestMapping? Of(Dictionary<string, string>? parameters) => parameters is { Count: > 0 } ? new RequestMapping(MappingRules.Request(parameters)) : null;

    public bool NeedsBody => _rules.Exists(rule => rule.Value?.NamesBody is true);

    public MappedRequest Apply(Exchange exchange)
    {
        var mapped = new MappedRequest(exchange);
        foreach (var rule in _rules)
            if (rule.Action == MappingAction.Remove) mapped.Remove(rule.Place, rule.Name);
            else if (rule.Value!.Resolve(source => ValueOf(source, exchange)) is { } value) mapped.Set(rule, value);
        return mapped;
    }

    private static string? ValueOf(string source, Exchange exchange)
    {
        if (source == "request.path") return exchange.RoutePath;
        if (source.StartsWith(PathVariable, StringComparison.Ordinal)) return First(exchange.PathParameters, source[PathVariable.Length..]);
        if (source.StartsWith(Header, StringComparison.Ordinal)) return exchange.Request.Headers.TryGetValue(source[Header.Length..], out var values) ? string.Join(',', values.ToArray()) : null;
        if (source.StartsWith(Query, StringComparison.Ordinal)) return First(exchange.Query, source[Query.Length..]);
        if (source.StartsWith(Body, StringComparison.Ordinal)) return BodyPath.Find(exchange.Body, source[Body.Length..]);
        if (source.StartsWith(Context, StringComparison.Ordinal)) return ContextVariables.Of(source[Context.Length..], exchange);
        return exchange.Stage!.Stage.StageVariables.GetValueOrDefault(source[Variable.Length..]);
    }

    private static string? First(IEnumerable<KeyValuePair<string, string>> pairs, string name)
    {
        var values = pairs.Where(pair => pair.Key == name).Select(pair => pair.Value).ToList();
        return values.Count == 0 ? null : string.Join(',', values);
    }
}
