namespace Galley.ApiGateway.Invoke;

/// <summary>Where authorizers look for who asks: `$request.header.x`, `$request.querystring.x`, `$context.x`, `$stageVariables.x`.</summary>
internal static class IdentitySource
{
    private const string Header = "$request.header.", Query = "$request.querystring.", Context = "$context.", Variable = "$stageVariables.";

    public static bool IsOfRequest(string source) => Named(source, Header) || Named(source, Query);

    public static bool IsValid(string source) => IsOfRequest(source) || Named(source, Context) || Named(source, Variable);

    public static string? Of(string source, Exchange exchange)
    {
        if (Named(source, Header)) return exchange.Request.Headers[source[Header.Length..]].ToString();
        if (Named(source, Query)) return exchange.Query.FirstOrDefault(pair => pair.Key == source[Query.Length..]).Value;
        if (Named(source, Context)) return ContextVariables.Of(source[Context.Length..], exchange);
        return Named(source, Variable) ? exchange.Stage?.Stage.StageVariables.GetValueOrDefault(source[Variable.Length..]) : null;
    }

    private static bool Named(string source, string kind) => source.Length > kind.Length && source.StartsWith(kind, StringComparison.OrdinalIgnoreCase);
}
