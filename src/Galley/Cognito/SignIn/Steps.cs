using System.Buffers.Text;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>What a sign-in has behind it, carried from one challenge to the next.</summary>
internal sealed record Passage
{
    /// <summary>`triggerSource` for the tokens at its end.</summary>
    public string Source { get; init; } = TokenSource.Authentication;

    /// <summary>The device that the client says it is.</summary>
    public string? DeviceKey { get; init; }

    public bool DeviceProved { get; init; }
    public bool MfaDone { get; init; }

    /// <summary>CUSTOM_AUTH: the challenges so far, as the define trigger sees them; null for other flows.</summary>
    public IReadOnlyList<CustomRound>? Rounds { get; init; }
}

internal sealed record CustomRound
{
    public required string ChallengeName { get; init; }
    public required bool ChallengeResult { get; init; }
    public string? ChallengeMetadata { get; init; }
}

/// <summary>What is remembered between two requests of one sign-in: a challenge of the API, or a page of the hosted UI.</summary>
internal sealed record Step
{
    public const string NewPassword = "NEW_PASSWORD_REQUIRED", Verifier = "PASSWORD_VERIFIER", ConfirmPage = "page-confirm", ResetPage = "page-reset",
        SignedUp = "signed-up", Confirmed = "confirmed";

    public required string Kind { get; init; }
    public required string Username { get; init; }
    public required string ClientId { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public bool Used { get; init; }
    public Passage? Passage { get; init; }

    /// <summary>SRP: the client's value, and our sealed secret.</summary>
    public string? ClientValue { get; init; }
    public string? ServerSecret { get; init; }

    /// <summary>Keyed hash of a code that was sent.</summary>
    public string? CodeMac { get; init; }
    public int Tries { get; init; }

    /// <summary>MFA_SETUP: the sealed seed that waits for its first code, and whether that came.</summary>
    public string? Totp { get; init; }
    public bool TotpVerified { get; init; }

    /// <summary>Names that may be chosen.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>CUSTOM_CHALLENGE: sealed private parameters, and the metadata of the challenge under way.</summary>
    public string? Private { get; init; }
    public string? ChallengeMetadata { get; init; }
}

/// <summary>Steps by the hash of their token; each is good once.</summary>
internal sealed class Steps(Installation installation, Grants grants)
{
    private const string Invalid = "Invalid session for the user.";

    public string NewToken() => grants.NewToken();

    /// <summary>A session of the API. It names its pool, because some operations have nothing else to find it by.</summary>
    public string Session(UserPool pool) => $"{grants.NewToken()}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(pool.Id))}";

    /// <summary>The pool that a session belongs to; null for text that is no session.</summary>
    public static string? PoolOf(string session)
    {
        var dot = session.LastIndexOf('.');
        if (dot < 0 || !Base64Url.IsValid(session.AsSpan(dot + 1))) return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(session.AsSpan(dot + 1)));
    }

    public async ValueTask Put(ITransaction tx, UserPool pool, string token, Step step)
    {
        var key = Keys.Step(pool.Ref, Grants.Hash(token));
        tx.Put(key, step, CognitoJson.Default.Step);
        await Ends.Put(tx, pool.Ref, step.Expires + TimeSpan.FromHours(1), key, installation.Now);
    }

    /// <summary>A new step; its session.</summary>
    public async ValueTask<string> Open(UserPool pool, Step step)
    {
        var token = Session(pool);
        await installation.Store.Write(tx => Put(tx, pool, token, step));
        return token;
    }

    public async ValueTask<Step?> Peek(ISnapshot tx, UserPool pool, string token, string kind)
        => await tx.Get(Keys.Step(pool.Ref, Grants.Hash(token)), CognitoJson.Default.Step) is { } step && step.Kind == kind && !step.Used && step.Expires > installation.Now ? step : null;

    /// <summary>Takes the step; throws AWS's words about sessions.</summary>
    public async ValueTask<Step> Take(ITransaction tx, UserPool pool, UserPoolClient client, string token, string kind)
    {
        var step = await Look(tx, pool, client, token, kind);
        tx.Put(Keys.Step(pool.Ref, Grants.Hash(token)), step with { Used = true }, CognitoJson.Default.Step);
        return step;
    }

    public async ValueTask<Step> Look(ISnapshot tx, UserPool pool, UserPoolClient client, string token, string kind)
    {
        var step = await tx.Get(Keys.Step(pool.Ref, Grants.Hash(token)), CognitoJson.Default.Step);
        if (step is null || step.Kind != kind || step.ClientId != client.ClientId) throw Errors.NotAuthorized(Invalid);
        if (step.Used) throw Errors.NotAuthorized("Invalid session for the user, session can only be used once.");
        if (step.Expires <= installation.Now) throw Errors.NotAuthorized("Invalid session for the user, session is expired.");
        return step;
    }

    /// <summary>Counts a wrong answer in the caller's write; the fifth one ends the session.</summary>
    public static AwsError Missed(ITransaction tx, UserPool pool, string token, Step step, AwsError error)
    {
        Replace(tx, pool, token, step with { Tries = step.Tries + 1, Used = step.Tries >= 4 });
        return error;
    }

    public static void Replace(ITransaction tx, UserPool pool, string token, Step step) => tx.Put(Keys.Step(pool.Ref, Grants.Hash(token)), step, CognitoJson.Default.Step);
}
