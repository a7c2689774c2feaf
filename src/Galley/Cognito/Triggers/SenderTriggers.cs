using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.Wire;

namespace Galley.Cognito.Triggers;

/// <summary>
/// The custom e-mail and SMS senders: the function gets the code, encrypted under the pool's KMS key, and delivers it as it likes; Galley sends
/// nothing itself and asks no custom message trigger. AWS invokes them asynchronously: what the function answers, nobody waits for.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
/// </summary>
internal sealed class SenderTriggers(TriggerCall triggers, IEncryptCodes codes)
{
    /// <summary>The function that delivers what goes to an `email` or `phone_number`; null where Galley does.</summary>
    public static VersionedTrigger? Of(UserPool pool, string attribute) => attribute == "phone_number" ? pool.LambdaConfig?.CustomSMSSender : pool.LambdaConfig?.CustomEmailSender;

    /// <param name="sender">As <see cref="Of"/> gives it.</param>
    /// <param name="letter">What goes out.</param>
    public async ValueTask Send(VersionedTrigger sender, Letter letter)
    {
        var (name, type) = letter.Attribute == "phone_number" ? ("CustomSMSSender", "customSMSSenderRequestV1") : ("CustomEmailSender", "customEmailSenderRequestV1");
        var code = letter.Code.Length == 0 ? null : await Encrypt(letter.Pool, letter.Code);
        // The address that is to be proved is not the user's yet, and is where the code must go.
        var user = letter.Address is { } address ? letter.User.With(letter.Attribute, address) : letter.User;
        await triggers.Queue(new TriggerEvent(name, name + letter.Source[letter.Source.IndexOf('_', StringComparison.Ordinal)..], letter.Pool, letter.ClientId, user.Username, writer =>
        {
            writer.WriteString("type", type);
            writer.WriteString("code", code);
            if (letter.Metadata is null) writer.WriteNull("clientMetadata");
            else TriggerCall.WriteMap(writer, "clientMetadata", letter.Metadata);
            UserTriggers.WriteUser(writer, user);
        }), sender.LambdaArn);
    }

    /// <summary>As much work as a letter to nobody must cost, where there is a sender.</summary>
    public async ValueTask Pretend(UserPool pool, string attribute, string code)
    {
        if (Of(pool, attribute) is not null) await Encrypt(pool, code);
    }

    /// <summary>Base64 of the code in a message of the AWS Encryption SDK, its context the pool's id and the key that signed it.</summary>
    private async ValueTask<string> Encrypt(UserPool pool, string code)
    {
        using var signer = EncryptedMessage.Signer();
        var context = new Dictionary<string, string> { [EncryptedMessage.SignerName] = EncryptedMessage.NameOf(signer), ["userpool-id"] = pool.Id };
        try
        {
            var key = await codes.DataKey(pool.LambdaConfig!.KMSKeyID!, context);
            var message = EncryptedMessage.Write(Encoding.UTF8.GetBytes(code), key, context, signer);
            CryptographicOperations.ZeroMemory(key.Plaintext);
            return Convert.ToBase64String(message);
        }
        catch (AwsError e)
        {
            throw Errors.CodeDelivery(e.Message.Length > 0 ? e.Message : e.Code);
        }
    }
}
