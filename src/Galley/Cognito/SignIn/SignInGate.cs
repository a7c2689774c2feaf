using System.Text;
using Galley.Cognito.Triggers;

namespace Galley.Cognito.SignIn;

/// <summary>What stands between a first factor and tokens, in AWS's order: the user's state, a new password, a second factor, the device.</summary>
internal sealed class SignInGate(Installation installation, Credentials credentials, Steps steps, SecondFactors factors, DeviceProofs devices, UserTriggers triggers)
{
    /// <summary>The user, let through; or the challenge that is still in the way.</summary>
    public async ValueTask<Outcome> Proceed(Visit visit, User user, Passage passage)
    {
        credentials.RequireReady(user);
        if (user.Status == UserStatus.ForceChangePassword) return new Outcome(null, await NewPassword(visit, user, passage));
        var device = visit.Hosted || passage.DeviceKey is null ? null : await devices.Find(visit.Pool, user, passage.DeviceKey);
        var trusted = device is { Remembered: true };
        var spared = trusted && visit.Pool.DeviceConfiguration?.ChallengeRequiredOnNewDevice == true;
        if (!passage.MfaDone && !spared && await factors.Challenge(visit, user, passage) is { } challenge) return new Outcome(null, challenge);
        if (trusted && !passage.DeviceProved) return new Outcome(null, await devices.Challenge(visit, user, passage));
        return await Finish(visit, user, passage);
    }

    /// <summary>Everything is proved.</summary>
    public async ValueTask<Outcome> Finish(Visit visit, User user, Passage passage)
    {
        credentials.RequireReady(user);
        var fresh = visit.Hosted || visit.Pool.DeviceConfiguration is null || passage.DeviceKey is not null ? null : await devices.Name(visit.Pool, user);
        await triggers.PostAuthentication(visit, user, fresh is not null);
        return new Outcome(new SignedIn(user, visit.Hosted ? TokenSource.HostedAuth : passage.Source, fresh?.DeviceKey ?? (passage.DeviceProved ? passage.DeviceKey : null), fresh), null);
    }

    private async ValueTask<Challenge> NewPassword(Visit visit, User user, Passage passage)
    {
        var pool = visit.Pool;
        var session = await steps.Open(pool, new Step { Kind = Step.NewPassword, Username = user.Username, ClientId = visit.Client.ClientId, Expires = installation.Now + visit.Client.StepLife, Passage = passage });
        var missing = pool.SchemaAttributes.Where(schema => schema.Required == true && schema.Name != "sub" && user[schema.Name] is null).Select(schema => schema.Name).ToList();
        return new Challenge(Step.NewPassword, session, new Dictionary<string, string>
        {
            ["USER_ID_FOR_SRP"] = user.Username,
            ["requiredAttributes"] = "[" + string.Join(',', missing.Select(name => $"\"userAttributes.{name}\"")) + "]",
            ["userAttributes"] = Encoding.UTF8.GetString(Json.Object(writer =>
            {
                foreach (var attribute in user.Attributes) writer.WriteString(attribute.Name, attribute.Value);
            })),
        });
    }
}
