using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Galley.Cognito.Triggers;
using Galley.Store;

namespace Galley.Cognito;

/// <summary>One message to a user.</summary>
internal sealed record Letter
{
    public required UserPool Pool { get; init; }
    public required User User { get; init; }

    /// <summary>`CustomMessage_SignUp` and its kin: what the message is about.</summary>
    public required string Source { get; init; }
    public required string Code { get; init; }

    /// <summary>`email` or `phone_number`: where it goes.</summary>
    public required string Attribute { get; init; }

    /// <summary>The address, when it is not yet the user's.</summary>
    public string? Address { get; init; }
    public string? ClientId { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>
/// Mails and text messages in the pool's words, or in those of its custom message trigger; where the pool has a sender of its own, by that. A text message goes to the same inbox, addressed to the
/// phone number.
/// </summary>
internal sealed partial class Messages(Installation installation, ISendMail mail, UserTriggers triggers, SenderTriggers senders)
{
    public const string SignUp = "CustomMessage_SignUp", Invite = "CustomMessage_AdminCreateUser", Resend = "CustomMessage_ResendCode", Forgot = "CustomMessage_ForgotPassword",
        Update = "CustomMessage_UpdateUserAttribute", Verify = "CustomMessage_VerifyUserAttribute", Authentication = "CustomMessage_Authentication";

    public async ValueTask<CodeDeliveryDetails> Send(Letter letter)
    {
        var (pool, user) = (letter.Pool, letter.User);
        var to = letter.Address ?? user[letter.Attribute]!;
        if (SenderTriggers.Of(pool, letter.Attribute) is { } sender)
        {
            await senders.Send(sender, letter);
            return Delivery(letter.Attribute, to);
        }

        var invitation = letter.Source == Invite;
        var custom = await triggers.CustomMessage(pool, letter.ClientId, letter.Source, user, invitation ? "{username}" : null, letter.Metadata);
        var name = pool.SignInByAttribute ? user["email"] ?? user["phone_number"] ?? user.Username : user.Username;
        if (letter.Attribute == "phone_number") await mail.Send("SMS", to, "", Filled(custom?.Sms ?? DefaultSms(pool, letter.Source)));
        else
        {
            var link = letter.Source is SignUp or Resend ? await ConfirmLink(letter) : null;
            var byLink = link is not null && pool.VerificationMessageTemplate is { DefaultEmailOption: "CONFIRM_WITH_LINK" };
            var text = custom?.Email ?? (byLink ? pool.VerificationMessageTemplate!.EmailMessageByLink ?? "Please click the link below to verify your email address. {##Verify Email##}" : DefaultText(pool, letter.Source));
            var subject = custom?.Subject ?? (byLink ? pool.VerificationMessageTemplate!.EmailSubjectByLink ?? "Your verification link" : DefaultSubject(pool, letter.Source));
            if (link is not null) text = LinkMark().Replace(text, match => $"<a href=\"{WebUtility.HtmlEncode(link)}\">{match.Groups[1].Value.Trim()}</a>");
            await mail.Send(From(pool), to, Line(Filled(subject)), Filled(text));
        }

        return Delivery(letter.Attribute, to);

        string Filled(string text) => text.Replace("{####}", letter.Code).Replace("{username}", name);
    }

    /// <summary>`jane@example.com` → `j***@e***`, `+15550001234` → `+*******1234`</summary>
    public static CodeDeliveryDetails Delivery(string attribute, string to)
    {
        if (attribute == "phone_number") return new() { Destination = "+*******" + to[^Math.Min(4, to.Length - 1)..], DeliveryMedium = "SMS", AttributeName = attribute };
        var at = to.IndexOf('@', StringComparison.Ordinal);
        return new() { Destination = $"{to[0]}***@{to[at + 1]}***", DeliveryMedium = "EMAIL", AttributeName = attribute };
    }

    /// <summary>What a caller sees who must not learn that there is no such user: the same for the same name, after a commit as for a real letter.</summary>
    public async ValueTask<CodeDeliveryDetails> Simulate(UserPool pool, string name)
    {
        await installation.Store.Write(tx =>
        {
            PutNothing(tx, pool);
            return ValueTask.CompletedTask;
        });
        await senders.Pretend(pool, "email", "000000");
        var mac = installation.Secrets.Mac("cognito-simulated/" + pool.Id, Encoding.UTF8.GetBytes(pool.Fold(name)));
        return Delivery("email", AttributeRules.IsEmail(name) ? name : $"{(char)('a' + mac[0] % 26)}@{(char)('a' + mac[1] % 26)}.x");
    }

    /// <summary>A row as large as a letter's.</summary>
    public void PutNothing(ITransaction tx, UserPool pool) => tx.Put(Keys.Nobody(pool.Ref), installation.Ids.Bytes(400));

    private static string DefaultSubject(UserPool pool, string source) => source switch
    {
        Invite => pool.AdminCreateUserConfig?.InviteMessageTemplate?.EmailSubject ?? "Your temporary password",
        Authentication => pool.EmailMfa?.Subject ?? "Your authentication code",
        _ => pool.VerificationMessageTemplate?.EmailSubject ?? pool.EmailVerificationSubject ?? (source == Forgot ? "Your password reset code" : "Your verification code"),
    };

    private static string DefaultText(UserPool pool, string source) => source switch
    {
        Invite => pool.AdminCreateUserConfig?.InviteMessageTemplate?.EmailMessage ?? "Your username is {username} and temporary password is {####}.",
        Authentication => pool.EmailMfa?.Message ?? "Your authentication code is {####}.",
        _ => pool.VerificationMessageTemplate?.EmailMessage ?? pool.EmailVerificationMessage ?? (source == Forgot ? "Your password reset code is {####}." : "Your verification code is {####}."),
    };

    private static string DefaultSms(UserPool pool, string source) => source switch
    {
        Invite => pool.AdminCreateUserConfig?.InviteMessageTemplate?.SMSMessage ?? "Your username is {username} and temporary password is {####}.",
        Authentication => pool.SmsAuthenticationMessage ?? "Your authentication code is {####}. ",
        _ => pool.VerificationMessageTemplate?.SmsMessage ?? pool.SmsVerificationMessage ?? (source == Forgot ? "Your password reset code is {####}." : "Your verification code is {####}."),
    };

    /// <summary>The address that confirms the user when it is opened; null for a pool without sign-in pages, which mails the code instead.</summary>
    private async ValueTask<string?> ConfirmLink(Letter letter)
    {
        return await installation.Store.Read(tx => Domains.Origin(tx, letter.Pool.Ref)) is not { } pages
            ? null
            : $"{pages}/confirmUser?client_id={letter.ClientId}&user_name={Uri.EscapeDataString(letter.User.Username)}&confirmation_code={letter.Code}";
    }

    [GeneratedRegex(@"\{##([^#{}]+)##\}")]
    private static partial Regex LinkMark();

    private static string From(UserPool pool) => Line(pool.EmailConfiguration?.From ?? "no-reply@verificationemail.com");

    private static string Line(string text) => text.Replace('\r', ' ').Replace('\n', ' ');
}
