namespace Galley.ApiGateway.Invoke;

/// <summary>Who may pass a route.</summary>
internal interface IAuthorizer
{
    /// <summary>What the trail calls this check.</summary>
    string Name { get; }

    /// <summary>The body is part of what is checked.</summary>
    bool NeedsBody => false;

    /// <summary>Null when the request may go on; who asks is then in the exchange.</summary>
    ValueTask<Refusal?> Check(Exchange exchange);
}

/// <summary>What to answer instead of going on.</summary>
/// <param name="Status">401, 403, or 500 for an authorizer that is itself at fault.</param>
/// <param name="Challenge">The `www-authenticate` header, where there is one.</param>
/// <param name="Why">For the access log, and the trail where there is no detail.</param>
internal sealed record Refusal(int Status, string? Challenge, string Why)
{
    /// <summary>What said no, where it is not the authorizer as such.</summary>
    public string? Check { get; init; }

    /// <summary>The same in plain words with names, for the trail.</summary>
    public string? Detail { get; init; }

    /// <summary>What would make it say yes.</summary>
    public string Fix { get; init; } = "";
}

/// <summary>What an authorizer function answered for a request that may go on.</summary>
/// <param name="PrincipalId">Null for the simple form, which names nobody.</param>
/// <param name="Context">What it hands to the integration; null for none.</param>
internal sealed record AuthorizerAnswer(string? PrincipalId, System.Text.Json.JsonElement? Context);
