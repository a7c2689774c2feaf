using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>A device as it is stored. Its secret is known by an SRP verifier only, sealed.</summary>
internal sealed record Device
{
    public required string DeviceKey { get; init; }
    public required string GroupKey { get; init; }
    public string? Name { get; init; }
    public string? Salt { get; init; }
    public string? Verifier { get; init; }
    public bool Remembered { get; init; }
    public required DateTimeOffset Created { get; init; }
    public required DateTimeOffset Modified { get; init; }
    public required DateTimeOffset LastAuthenticated { get; init; }
    public string? LastIp { get; init; }
}

/// <summary>DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device proves that it is the one.</summary>
internal sealed class DeviceProofs(Installation installation, Steps steps, SrpProofs proofs)
{
    public static string Purpose(UserPool pool, string deviceKey) => $"cognito-device/{pool.Id}/{deviceKey}";

    /// <summary>The confirmed device; throws AWS's words, on which clients forget their key and try again.</summary>
    public ValueTask<Device?> Find(UserPool pool, User user, string key) => installation.Store.Read<Device?>(async tx =>
    {
        var name = pool.Fold(user.Username);
        if (await tx.Get(Keys.Device(pool.Ref, name, key), CognitoJson.Default.Device) is { } device) return device;
        return await tx.Get(Keys.NewDevice(pool.Ref, name, key)) is not null ? null : throw Errors.NotFound("Device does not exist.");
    });

    /// <summary>Names a device that has none yet; it is one only after ConfirmDevice.</summary>
    public async ValueTask<NewDeviceMetadata> Name(UserPool pool, User user)
    {
        var made = new NewDeviceMetadata { DeviceKey = $"{pool.Ref.Region}_{installation.Ids.Uuid()}", DeviceGroupKey = "-" + installation.Ids.Next(8, Ids.Alphanumeric) };
        var key = Keys.NewDevice(pool.Ref, pool.Fold(user.Username), made.DeviceKey);
        await installation.Store.Write(async tx =>
        {
            tx.Put(key, Users.Bytes(made.DeviceGroupKey));
            await Ends.Put(tx, pool.Ref, installation.Now + TimeSpan.FromDays(1), key, installation.Now);
        });
        return made;
    }

    public async ValueTask<Challenge> Challenge(Visit visit, User user, Passage passage)
    {
        var session = await steps.Open(visit.Pool, new Step
        {
            Kind = ChallengeNames.DeviceSrp,
            Username = user.Username,
            ClientId = visit.Client.ClientId,
            Expires = installation.Now + visit.Client.StepLife,
            Passage = passage,
        });
        return new Challenge(ChallengeNames.DeviceSrp, session, new Dictionary<string, string>());
    }

    public async ValueTask<Challenge> Ask(Visit visit, string session, IReadOnlyDictionary<string, string> given)
    {
        var clientValue = given.Required("SRP_A");
        if (Srp.ClientValue(clientValue) is null) throw Errors.Parameter("Invalid SRP_A value.");
        var (step, user) = await Take(visit, session, ChallengeNames.DeviceSrp);
        var key = given.Required("DEVICE_KEY");
        if (key != step.Passage!.DeviceKey) throw Errors.NotFound("Device does not exist.");
        var device = await Find(visit.Pool, user, key);
        var parameters = await proofs.Ask(visit, ChallengeNames.DeviceVerifier, user.Username, SubjectOf(visit.Pool, device, key), clientValue, step.Passage);
        parameters["USERNAME"] = user.Username;
        parameters["DEVICE_KEY"] = key;
        return new Challenge(ChallengeNames.DeviceVerifier, steps.Session(visit.Pool), parameters);
    }

    public async ValueTask<(User User, Passage Passage)> Verify(Visit visit, IReadOnlyDictionary<string, string> given)
    {
        var token = given.Required("PASSWORD_CLAIM_SECRET_BLOCK");
        var signature = given.Required("PASSWORD_CLAIM_SIGNATURE");
        var timestamp = given.Required("TIMESTAMP");
        var (step, user) = await Take(visit, token, ChallengeNames.DeviceVerifier);
        var key = step.Passage!.DeviceKey!;
        var device = await Find(visit.Pool, user, key);
        if (!proofs.Holds(SubjectOf(visit.Pool, device, key), step, token, signature, timestamp)) throw Errors.NotAuthorized();
        await installation.Store.Write(tx =>
        {
            tx.Put(Keys.Device(visit.Pool.Ref, visit.Pool.Fold(user.Username), key), device! with { LastAuthenticated = installation.Now }, CognitoJson.Default.Device);
            return ValueTask.CompletedTask;
        });
        return (user, step.Passage with { DeviceProved = true, Source = TokenSource.Device });
    }

    private SrpProofs.Subject SubjectOf(UserPool pool, Device? device, string key) => device?.Verifier is { } hidden
        ? new(device.GroupKey, device.DeviceKey, device.Salt!, installation.Secrets.Open(Purpose(pool, key), hidden))
        : new("", key, "00", null);

    private ValueTask<(Step Step, User User)> Take(Visit visit, string token, string kind) => installation.Store.Write(async tx =>
    {
        var step = await steps.Take(tx, visit.Pool, visit.Client, token, kind);
        return (step, await Users.Get(tx, visit.Pool, step.Username));
    });
}
