using System.Numerics;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Devices that a user's sign-ins came from: confirmed with a secret of their own, remembered or not, forgotten.</summary>
internal sealed class Devices(Installation installation, AccessTokens tokens)
{
    public async ValueTask<ConfirmDeviceResponse> ConfirmDevice(ConfirmDeviceRequest request, Call call)
    {
        var bearer = await tokens.Check(request.AccessToken, Tokens.SelfService);
        var pool = bearer.Pool;
        if (pool.DeviceConfiguration is not { } configuration) throw Errors.DevicesOff();
        if (request.DeviceSecretVerifierConfig is not { Salt: { } salt64, PasswordVerifier: { } verifier64 }) throw Errors.Parameter("DeviceSecretVerifierConfig with Salt and PasswordVerifier is required.");
        var (salt, verifier) = (Bytes(salt64), Bytes(verifier64));
        var asks = configuration.DeviceOnlyRememberedOnUserPrompt == true;
        var name = pool.Fold(bearer.User.Username);
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.Device(pool.Ref, name, request.DeviceKey)) is not null) throw new AwsError("DeviceKeyExistsException", "Device already exists.");
            var fresh = Keys.NewDevice(pool.Ref, name, request.DeviceKey);
            if (await tx.Get(fresh) is not { } group) throw Errors.NotFound("Device does not exist.");
            tx.Delete(fresh);
            var now = installation.Now;
            tx.Put(Keys.Device(pool.Ref, name, request.DeviceKey), new Device
            {
                DeviceKey = request.DeviceKey,
                GroupKey = Users.Text(group),
                Name = request.DeviceName,
                Salt = Convert.ToHexStringLower(salt),
                Verifier = installation.Secrets.Seal(DeviceProofs.Purpose(pool, request.DeviceKey), verifier),
                Remembered = !asks,
                Created = now,
                Modified = now,
                LastAuthenticated = now,
                LastIp = call.SourceIp,
            }, CognitoJson.Default.Device);
        });
        return new ConfirmDeviceResponse { UserConfirmationNecessary = asks };
    }

    public async ValueTask<ListDevicesResponse> ListDevices(ListDevicesRequest request, Call call)
    {
        var bearer = await tokens.Check(request.AccessToken, Tokens.SelfService);
        return await installation.Store.Read(tx => List(tx, bearer.Pool, bearer.User, request.Limit, request.PaginationToken));
    }

    public ValueTask<ListDevicesResponse> AdminListDevices(AdminListDevicesRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        return await List(tx, pool, await Users.Get(tx, pool, request.Username), request.Limit, request.PaginationToken);
    });

    public async ValueTask<GetDeviceResponse> GetDevice(DeviceRequest request, Call call)
    {
        var bearer = await tokens.Check(Token(request.AccessToken), Tokens.SelfService);
        return await installation.Store.Read(async tx => new GetDeviceResponse { Device = Shown(bearer.Pool, bearer.User, await Get(tx, bearer.Pool, bearer.User, request.DeviceKey)) });
    }

    public ValueTask<GetDeviceResponse> AdminGetDevice(AdminDeviceRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var user = await Users.Get(tx, pool, request.Username);
        return new GetDeviceResponse { Device = Shown(pool, user, await Get(tx, pool, user, request.DeviceKey)) };
    });

    public async ValueTask<Empty> ForgetDevice(DeviceRequest request, Call call)
    {
        var bearer = await tokens.Check(Token(request.AccessToken), Tokens.SelfService);
        return await Forget(bearer.Pool, bearer.User, request.DeviceKey);
    }

    public async ValueTask<Empty> AdminForgetDevice(AdminDeviceRequest request, Call call)
    {
        var (pool, user) = await Both(request, call);
        return await Forget(pool, user, request.DeviceKey);
    }

    public async ValueTask<Empty> UpdateDeviceStatus(UpdateDeviceStatusRequest request, Call call)
    {
        var bearer = await tokens.Check(request.AccessToken, Tokens.SelfService);
        return await Remember(bearer.Pool, bearer.User, request.DeviceKey, request.DeviceRememberedStatus);
    }

    public async ValueTask<Empty> AdminUpdateDeviceStatus(AdminUpdateDeviceStatusRequest request, Call call)
    {
        var (pool, user) = await Both(request, call);
        return await Remember(pool, user, request.DeviceKey, request.DeviceRememberedStatus);
    }

    private ValueTask<(UserPool Pool, User User)> Both(IOnUser request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        return (pool, await Users.Get(tx, pool, request.Username));
    });

    private async ValueTask<Empty> Forget(UserPool pool, User user, string key)
    {
        await installation.Store.Write(async tx =>
        {
            await Get(tx, pool, user, key);
            tx.Delete(Keys.Device(pool.Ref, pool.Fold(user.Username), key));
        });
        return Empty.Value;
    }

    private async ValueTask<Empty> Remember(UserPool pool, User user, string key, string? status)
    {
        if (status is not (null or "remembered" or "not_remembered")) throw Errors.Constraint(status, "deviceRememberedStatus", "Member must satisfy enum value set: [remembered, not_remembered]");
        await installation.Store.Write(async tx =>
        {
            var device = await Get(tx, pool, user, key);
            tx.Put(Keys.Device(pool.Ref, pool.Fold(user.Username), key), device with { Remembered = status is null ? device.Remembered : status == "remembered", Modified = installation.Now }, CognitoJson.Default.Device);
        });
        return Empty.Value;
    }

    private static async ValueTask<ListDevicesResponse> List(ISnapshot tx, UserPool pool, User user, int? limit, string? token)
    {
        var page = await Page.Read(tx, Keys.Devices(pool.Ref, pool.Fold(user.Username)), CognitoJson.Default.Device, limit, token);
        return new ListDevicesResponse { Devices = [.. page.Items.Select(device => Shown(pool, user, device))], PaginationToken = page.Next };
    }

    private static async ValueTask<Device> Get(ISnapshot tx, UserPool pool, User user, string key)
        => await tx.Get(Keys.Device(pool.Ref, pool.Fold(user.Username), key), CognitoJson.Default.Device) ?? throw Errors.NotFound("Device does not exist.");

    private static DeviceType Shown(UserPool pool, User user, Device device)
    {
        var owner = $"{user.Username}.{pool.Id}";
        var attributes = new List<UserAttribute>
        {
            new() { Name = "device_status", Value = "valid" },
            new() { Name = "dev:device_arn", Value = $"arn:aws:cognito-idp:{pool.Ref.Region}:{pool.Ref.Account}:owner/{owner}/device/{device.DeviceKey}" },
            new() { Name = "dev:device_owner", Value = owner },
            new() { Name = "last_ip_used", Value = device.LastIp },
            new() { Name = "dev:device_remembered_status", Value = device.Remembered ? "remembered" : "not_remembered" },
        };
        if (device.Name is not null) attributes.Insert(1, new UserAttribute { Name = "device_name", Value = device.Name });
        return new DeviceType
        {
            DeviceKey = device.DeviceKey,
            DeviceAttributes = attributes,
            DeviceCreateDate = device.Created,
            DeviceLastModifiedDate = device.Modified,
            DeviceLastAuthenticatedDate = device.LastAuthenticated,
        };
    }

    private static string Token(string? given) => given ?? throw Errors.NotAuthorized("Invalid Access Token");

    private static byte[] Bytes(string base64)
    {
        var bytes = new byte[base64.Length];
        if (base64.Length > 2048 || !Convert.TryFromBase64String(base64, bytes, out var length) || length == 0 || new BigInteger(bytes.AsSpan(0, length), isUnsigned: true, isBigEndian: true).IsZero)
            throw Errors.Parameter("Invalid device secret verifier.");
        return bytes[..length];
    }
}

internal sealed record DeviceSecretVerifierConfig
{
    public string? PasswordVerifier { get; init; }
    public string? Salt { get; init; }
}

internal sealed record ConfirmDeviceRequest
{
    public required string AccessToken { get; init; }
    public required string DeviceKey { get; init; }
    public DeviceSecretVerifierConfig? DeviceSecretVerifierConfig { get; init; }
    public string? DeviceName { get; init; }
}

internal sealed record ConfirmDeviceResponse
{
    public required bool UserConfirmationNecessary { get; init; }
}

internal sealed record ListDevicesRequest
{
    public required string AccessToken { get; init; }
    public int? Limit { get; init; }
    public string? PaginationToken { get; init; }
}

internal sealed record AdminListDevicesRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public int? Limit { get; init; }
    public string? PaginationToken { get; init; }
}

internal sealed record ListDevicesResponse
{
    public required IReadOnlyList<DeviceType> Devices { get; init; }
    public string? PaginationToken { get; init; }
}

internal sealed record DeviceType
{
    public required string DeviceKey { get; init; }
    public required IReadOnlyList<UserAttribute> DeviceAttributes { get; init; }
    public required DateTimeOffset DeviceCreateDate { get; init; }
    public required DateTimeOffset DeviceLastModifiedDate { get; init; }
    public required DateTimeOffset DeviceLastAuthenticatedDate { get; init; }
}

internal sealed record DeviceRequest
{
    public string? AccessToken { get; init; }
    public required string DeviceKey { get; init; }
}

internal sealed record AdminDeviceRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public required string DeviceKey { get; init; }
}

internal sealed record GetDeviceResponse
{
    public required DeviceType Device { get; init; }
}

internal sealed record UpdateDeviceStatusRequest
{
    public required string AccessToken { get; init; }
    public required string DeviceKey { get; init; }
    public string? DeviceRememberedStatus { get; init; }
}

internal sealed record AdminUpdateDeviceStatusRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public required string DeviceKey { get; init; }
    public string? DeviceRememberedStatus { get; init; }
}
