using System.Security.Cryptography;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Six-digit codes that are mailed: one live code per user and purpose, kept as a keyed hash, dead after its time or five wrong tries.</summary>
internal sealed class Codes(Installation installation, ISendMail mail)
{
    public const string SignUp = "sign-up", Reset = "reset", Email = "email";

    private const int Tries = 5;

    public static TimeSpan Life(string purpose) => purpose == Reset ? TimeSpan.FromHours(1) : TimeSpan.FromHours(24);

    /// <summary>A new code; to be put in the same write as what it is for, and mailed after that.</summary>
    public string Make() => installation.Ids.Next(6, Ids.Digits);

    public void Put(ITransaction tx, UserPool pool, User user, string purpose, string code)
    {
        var key = pool.Fold(user.Username);
        tx.Put(Keys.Code(pool.Ref, key, purpose), new StoredCode(Convert.ToBase64String(Mac(pool, key, purpose, code)), installation.Now + Life(purpose), 0, user["email"]), CognitoJson.Default.StoredCode);
    }

    /// <summary>
    /// Takes the code: null when it was right (and is gone), otherwise the error. A wrong try counts, so the caller must let the write commit
    /// and throw after it.
    /// </summary>
    public async ValueTask<AwsError?> Take(ITransaction tx, UserPool pool, User user, string purpose, string given)
    {
        var key = pool.Fold(user.Username);
        var at = Keys.Code(pool.Ref, key, purpose);
        if (await tx.Get(at, CognitoJson.Default.StoredCode) is not { } stored) return Errors.CodeExpired();
        if (stored.Expires <= installation.Now || stored.Tries >= Tries) return Errors.CodeExpired();
        if (CryptographicOperations.FixedTimeEquals(Mac(pool, key, purpose, given), Convert.FromBase64String(stored.Mac)))
        {
            // A code proves only the address it was mailed to.
            tx.Delete(at);
            return stored.Email == user["email"] ? null : Errors.CodeExpired();
        }

        tx.Put(at, stored with { Tries = stored.Tries + 1 }, CognitoJson.Default.StoredCode);
        return Errors.CodeMismatch();
    }

    /// <summary>Mails a code in the pool's words.</summary>
    public async ValueTask<CodeDeliveryDetails> Send(UserPool pool, User user, string purpose, string code)
    {
        var template = pool.VerificationMessageTemplate;
        var subject = template?.EmailSubject ?? pool.EmailVerificationSubject ?? (purpose == Reset ? "Your password reset code" : "Your verification code");
        var text = template?.EmailMessage ?? pool.EmailVerificationMessage ?? (purpose == Reset ? "Your password reset code is {####}." : "Your verification code is {####}.");
        var to = user["email"]!;
        await mail.Send(From(pool), to, Line(subject), text.Replace("{####}", code).Replace("{username}", user.Username));
        return Delivery(to);
    }

    public async ValueTask SendInvitation(UserPool pool, User user, string password)
    {
        var template = pool.AdminCreateUserConfig?.InviteMessageTemplate;
        var text = template?.EmailMessage ?? "Your username is {username} and temporary password is {####}.";
        var name = pool.SignInByAttribute ? user["email"] ?? user.Username : user.Username;
        await mail.Send(From(pool), user["email"]!, Line(template?.EmailSubject ?? "Your temporary password"), text.Replace("{username}", name).Replace("{####}", password));
    }

    /// <summary>`jane@example.com` → `j***@e***`</summary>
    public static CodeDeliveryDetails Delivery(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return new() { Destination = $"{email[0]}***@{email[at + 1]}***", DeliveryMedium = "EMAIL", AttributeName = "email" };
    }

    /// <summary>What a caller sees who must not learn that there is no such user: the same for the same name.</summary>
    public CodeDeliveryDetails SimulatedDelivery(UserPool pool, string name)
    {
        var mac = installation.Secrets.Mac("cognito-simulated/" + pool.Id, Encoding.UTF8.GetBytes(pool.Fold(name)));
        return AttributeRules.IsEmail(name) ? Delivery(name) : Delivery($"{(char)('a' + mac[0] % 26)}@{(char)('a' + mac[1] % 26)}.x");
    }

    private byte[] Mac(UserPool pool, string user, string purpose, string code)
        => installation.Secrets.Mac($"cognito-code/{pool.Id}/{purpose}", Encoding.UTF8.GetBytes($"{user}\0{code.Trim()}"));

    private static string From(UserPool pool) => Line(pool.EmailConfiguration?.From ?? "no-reply@verificationemail.com");

    private static string Line(string text) => text.Replace('\r', ' ').Replace('\n', ' ');
}

/// <param name="Mac">Keyed hash of user and code.</param>
/// <param name="Expires">When it dies by itself.</param>
/// <param name="Tries">Wrong tries so far.</param>
/// <param name="Email">The address it was mailed to.</param>
internal sealed record StoredCode(string Mac, DateTimeOffset Expires, int Tries, string? Email);
