using System.Globalization;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>SetUICustomization and GetUICustomization: a style sheet and a logo for the sign-in pages, for one client or for all.</summary>
internal sealed class UiCustomizations(Installation installation)
{
    private const string All = "ALL";
    private const int MaxImage = 100 * 1024;

    public ValueTask<UICustomizationResponse> SetUICustomization(SetUICustomizationRequest request, Call call)
    {
        if (request.CSS is { } css && css.Contains('<')) throw Errors.Parameter("CSS validation failed: `<` is not allowed.");
        if (request.ImageFile is { } image && (image.Length > MaxImage || !IsImage(image))) throw Errors.Parameter("ImageFile must be a PNG, JPEG or GIF of at most 100 KB.");
        return installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            if (await Domains.Origin(tx, pool.Ref) is null) throw Errors.Parameter("There has to be an existing domain associated with this user pool");
            var id = request.ClientId ?? All;
            if (id != All) await Clients.Get(tx, pool.Ref, id);
            var key = Keys.UiCustomization(pool.Ref, id);
            var old = await tx.Get(key, CognitoJson.Default.UiCustomization);
            var now = installation.Now;
            var look = new UiCustomization
            {
                UserPoolId = pool.Id,
                ClientId = id,
                CSS = request.CSS,
                CSSVersion = now.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
                ImageFile = request.ImageFile ?? old?.ImageFile,
                CreationDate = old?.CreationDate ?? now,
                LastModifiedDate = now,
            };
            tx.Put(key, look, CognitoJson.Default.UiCustomization);
            return Shown(look);
        });
    }

    public ValueTask<UICustomizationResponse> GetUICustomization(GetUICustomizationRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var look = request.ClientId is { } id && id != All ? await tx.Get(Keys.UiCustomization(pool.Ref, id), CognitoJson.Default.UiCustomization) : null;
        look ??= await tx.Get(Keys.UiCustomization(pool.Ref, All), CognitoJson.Default.UiCustomization);
        return look is null ? new UICustomizationResponse { UICustomization = new UICustomizationType() } : Shown(look);
    });

    /// <summary>For a stack that takes its look away.</summary>
    public ValueTask Remove(Call call, string poolId, string clientId) => installation.Store.Write(async tx => tx.Delete(Keys.UiCustomization((await UserPools.Get(tx, call, poolId)).Ref, clientId)));

    private static UICustomizationResponse Shown(UiCustomization look) => new()
    {
        UICustomization = new UICustomizationType
        {
            UserPoolId = look.UserPoolId,
            ClientId = look.ClientId,
            // The pages carry the logo in themselves; so does its address.
            ImageUrl = look.ImageFile is { } image ? "data:image/png;base64," + Convert.ToBase64String(image) : null,
            CSS = look.CSS,
            CSSVersion = look.CSSVersion,
            LastModifiedDate = look.LastModifiedDate,
            CreationDate = look.CreationDate,
        },
    };

    private static bool IsImage(ReadOnlySpan<byte> image) => image is [0x89, 0x50, 0x4e, 0x47, ..] or [0xff, 0xd8, ..] or [0x47, 0x49, 0x46, ..];
}

internal sealed record SetUICustomizationRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public string? ClientId { get; init; }
    public string? CSS { get; init; }
    public byte[]? ImageFile { get; init; }
}

internal sealed record GetUICustomizationRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public string? ClientId { get; init; }
}

internal sealed record UICustomizationType
{
    public string? UserPoolId { get; init; }
    public string? ClientId { get; init; }
    public string? ImageUrl { get; init; }
    public string? CSS { get; init; }
    public string? CSSVersion { get; init; }
    public DateTimeOffset? LastModifiedDate { get; init; }
    public DateTimeOffset? CreationDate { get; init; }
}

internal sealed record UICustomizationResponse
{
    public required UICustomizationType UICustomization { get; init; }
}
