using System.Security.Cryptography;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>Codes sent during a sign-in, as a second factor or as the first one: they live and die with their session.</summary>
internal sealed class OneTimeCodes(Installation installation, Steps steps, Messages messages)
{
    /// <summary>Sends a code and asks for it. Without a user everything looks the same, and nothing is sent.</summary>
    public async ValueTask<Challenge> Challenge(Visit visit, User? user, string name, Passage passage, string factor)
    {
        var pool = visit.Pool;
        var attribute = factor is ChallengeNames.Email ? "email" : "phone_number";
        var code = installation.Ids.Next(6, Ids.Digits);
        var session = steps.Session(pool);
        var delivery = user?[attribute] is null
            ? await messages.Simulate(pool, name)
            : await messages.Send(new Letter { Pool = pool, User = user, Source = Messages.Authentication, Code = code, Attribute = attribute, ClientId = visit.Client.ClientId, Metadata = visit.Metadata });
        await installation.Store.Write(tx => steps.Put(tx, pool, session, new Step
        {
            Kind = factor,
            Username = user?.Username ?? name,
            ClientId = visit.Client.ClientId,
            Expires = installation.Now + visit.Client.StepLife,
            Passage = passage,
            CodeMac = user is null ? null : Mac(session, code),
        }));
        return new Challenge(factor, session, new Dictionary<string, string> { ["CODE_DELIVERY_DELIVERY_MEDIUM"] = delivery.DeliveryMedium, ["CODE_DELIVERY_DESTINATION"] = delivery.Destination });
    }

    /// <summary>Spends the session with its code; the error when the code is wrong, which leaves the session for another try.</summary>
    public async ValueTask<AwsError?> Spend(Visit visit, string challenge, string session, string code) => await installation.Store.Write(async tx =>
    {
        var step = await steps.Look(tx, visit.Pool, visit.Client, session, challenge);
        if (step.CodeMac is null || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(step.CodeMac), Encoding.UTF8.GetBytes(Mac(session, code))))
            return Steps.Missed(tx, visit.Pool, session, step, new AwsError("CodeMismatchException", "Invalid code or auth state for the user."));
        await steps.Take(tx, visit.Pool, visit.Client, session, challenge);
        return null;
    });

    private string Mac(string session, string code) => Convert.ToBase64String(installation.Secrets.Mac("cognito-one-time/" + Grants.Hash(session), Encoding.UTF8.GetBytes(code.Trim())));
}
