using System.Text;
using Galley.ApiGateway.Invoke;

namespace Galley.ApiGateway.Mapping;

/// <summary>`responseParameters`: what is changed about an integration's answer of a certain status.</summary>
internal sealed class ResponseMapping
{
    private const string Header = "response.header.", Body = "response.body", Context = "context.", Variable = "stageVariables.";
    private readonly Dictionary<int, List<MappingRule>> _rules;

    private ResponseMapping(Dictionary<int, List<MappingRule>> rules) => _rules = rules;

    public static ResponseMapping? Of(Dictionary<string, Dictionary<string, string>>? parameters) => parameters is { Count: > 0 } ? new ResponseMapping(MappingRules.Response(parameters)) : null;

    public bool NeedsBody(int status) => _rules.GetValueOrDefault(status)?.Exists(rule => rule.Value?.NamesBody is true) is true;

    public IntegrationAnswer Apply(IntegrationAnswer answer, Exchange exchange)
    {
        if (!_rules.TryGetValue(answer.Status, out var rules)) return answer;
        var headers = answer.Headers.ToList();
        var status = answer.Status;
        foreach (var rule in rules)
        {
            var value = rule.Value?.Resolve(source => ValueOf(source, answer, exchange));
            if (rule.Place == MappingPlace.StatusCode)
            {
                if (int.TryParse(value, out var code) && code is >= 200 and <= 599) status = code;
                continue;
            }

            if (rule.Action != MappingAction.Remove && (value is null || !HeaderNames.IsSendable(rule.Name, value))) continue;
            if (rule.Action != MappingAction.Append) headers.RemoveAll(header => header.Key.Equals(rule.Name, StringComparison.OrdinalIgnoreCase));
            if (rule.Action != MappingAction.Remove) headers.Add(new(rule.Name, value!));
        }

        return answer with { Status = status, Headers = headers };
    }

    private static string? ValueOf(string source, IntegrationAnswer answer, Exchange exchange)
    {
        if (source.StartsWith(Header, StringComparison.Ordinal))
        {
            var values = answer.Headers.Where(header => header.Key.Equals(source[Header.Length..], StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).ToList();
            return values.Count == 0 ? null : string.Join(',', values);
        }

        if (source == Body) return answer.Body.Length == 0 ? null : Encoding.UTF8.GetString(answer.Body.Span);
        if (source.StartsWith(Body, StringComparison.Ordinal)) return BodyPath.Find(answer.Body, source[Body.Length..]);
        if (source.StartsWith(Context, StringComparison.Ordinal)) return ContextVariables.Of(source[Context.Length..], exchange);
        return exchange.Stage!.Stage.StageVariables.GetValueOrDefault(source[Variable.Length..]);
    }
}
