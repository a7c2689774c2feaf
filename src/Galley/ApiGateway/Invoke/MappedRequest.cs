using Galley.ApiGateway.Mapping;
using Microsoft.Extensions.Primitives;

namespace Galley.ApiGateway.Invoke;

/// <summary>A request as parameter mapping left it.</summary>
internal sealed class MappedRequest
{
    private readonly List<KeyValuePair<string, string>> _query;
    private bool _queryChanged;

    public MappedRequest(Exchange exchange)
    {
        Headers = [.. exchange.PassedHeaders()];
        _query = [.. exchange.Query];
        RawQuery = exchange.RawQuery;
    }

    public List<KeyValuePair<string, StringValues>> Headers { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Query => _query;

    public string RawQuery => _queryChanged ? string.Join('&', _query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}")) : field;

    /// <summary>Null when no mapping names the path.</summary>
    public string? Path { get; private set; }

    public StringValues Values(string header) => Headers.Find(pair => pair.Key.Equals(header, StringComparison.OrdinalIgnoreCase)).Value;

    public void Remove(MappingPlace place, string name)
    {
        if (place == MappingPlace.Header) Headers.RemoveAll(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
        else _queryChanged |= _query.RemoveAll(pair => pair.Key == name) > 0;
    }

    public void Set(MappingRule rule, string value)
    {
        switch (rule.Place)
        {
            case MappingPlace.Path:
                Path = value.StartsWith('/') ? value : "/" + value;
                break;
            case MappingPlace.QueryString:
                if (rule.Action == MappingAction.Overwrite) Remove(MappingPlace.QueryString, rule.Name);
                _query.Add(new(rule.Name, value));
                _queryChanged = true;
                break;
            case MappingPlace.Header when HeaderNames.IsSendable(rule.Name, value):
                var before = rule.Action == MappingAction.Append ? Values(rule.Name) : default;
                Remove(MappingPlace.Header, rule.Name);
                Headers.Add(new(rule.Name, StringValues.Concat(before, value)));
                break;
        }
    }
}
