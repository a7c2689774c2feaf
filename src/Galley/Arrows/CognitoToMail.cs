using Galley.Cognito;
using Galley.Mail;

namespace Galley.Arrows;

/// <summary>Cognito mails codes and invitations to a pool's users.</summary>
internal sealed class CognitoToMail(MailService mail) : ISendMail
{
    public ValueTask Send(string from, string to, string subject, string text) => mail.Send(from, to, subject, text);
}
