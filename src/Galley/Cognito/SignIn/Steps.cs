using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>What is remembered between two requests of one sign-in: a challenge of the API, or a page of the hosted UI.</summary>
internal sealed record Step
{
    public const string NewPassword = "NEW_PASSWORD_REQUIRED", Verifier = "PASSWORD_VERIFIER", ConfirmPage = "page-confirm", PasswordPage = "page-new-password", ResetPage = "page-reset";

    public required string Kind { get; init; }
    public required string Username { get; init; }
    public required string ClientId { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public bool Used { get; init; }

    /// <summary>SRP: the client's value, ours, and our sealed secret. No secret for a user that does not exist.</summary>
    public string? ClientValue { get; init; }
    public string? ServerSecret { get; init; }
}

/// <summary>Steps by the hash of their token; each is good once.</summary>
internal sealed class Steps(Installation installation, Grants grants)
{
    public string NewToken() => grants.NewToken();

    public async ValueTask Put(ITransaction tx, UserPool pool, string token, Step step)
    {
        var key = Keys.Step(pool.Ref, Grants.Hash(token));
        tx.Put(key, step, CognitoJson.Default.Step);
        await Ends.Put(tx, pool.Ref, step.Expires + TimeSpan.FromHours(1), key, installation.Now);
    }

    public async ValueTask<Step?> Peek(ISnapshot tx, UserPool pool, string token, string kind)
        => await tx.Get(Keys.Step(pool.Ref, Grants.Hash(token)), CognitoJson.Default.Step) is { } step && step.Kind == kind && !step.Used && step.Expires > installation.Now ? step : null;

    /// <summary>Takes the step; throws AWS's words about sessions.</summary>
    public async ValueTask<Step> Take(ITransaction tx, UserPool pool, UserPoolClient client, string token, string kind)
    {
        var key = Keys.Step(pool.Ref, Grants.Hash(token));
        var step = await tx.Get(key, CognitoJson.Default.Step);
        Require(step, client, kind);
        tx.Put(key, step! with { Used = true }, CognitoJson.Default.Step);
        return step;
    }

    public async ValueTask<Step> Look(ISnapshot tx, UserPool pool, UserPoolClient client, string token, string kind)
    {
        var step = await tx.Get(Keys.Step(pool.Ref, Grants.Hash(token)), CognitoJson.Default.Step);
        Require(step, client, kind);
        return step!;
    }

    private void Require(Step? step, UserPoolClient client, string kind)
    {
        if (step is null || step.Kind != kind || step.ClientId != client.ClientId) throw Errors.NotAuthorized("Invalid session for the user.");
        if (step.Used) throw Errors.NotAuthorized("Invalid session for the user, session can only be used once.");
        if (step.Expires <= installation.Now) throw Errors.NotAuthorized("Invalid session for the user, session is expired.");
    }
}
