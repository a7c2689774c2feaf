using Galley.Cognito.OAuth;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.Pages;

/// <summary>Shows pages in a pool's own look (SetUICustomization): the client's, else the one for `ALL`, else ours.</summary>
internal sealed class Looks(Installation installation)
{
    public async Task Show(SignInRequest request, UserPoolClient? client, Content page, int status = 200)
    {
        var look = await installation.Store.Read(async tx =>
            (client is null ? null : await tx.Get(Keys.UiCustomization(request.Pool.Ref, client.ClientId), CognitoJson.Default.UiCustomization))
            ?? await tx.Get(Keys.UiCustomization(request.Pool.Ref, "ALL"), CognitoJson.Default.UiCustomization));
        // Nothing in a style sheet needs a `<`; with one it could end the element.
        var sheet = look?.CSS is { Length: > 0 } css && !css.Contains('<') ? css : null;
        var logo = look?.ImageFile is { Length: > 0 } image ? $"data:{TypeOf(image)};base64,{Convert.ToBase64String(image)}" : null;
        await request.Page(Layout.Whole(client?.ClientName, page, sheet, logo), Style.Policy(sheet), status);
    }

    /// <summary>The page again with what was wrong. The person gets it with 200, as on AWS; the trail says what refused.</summary>
    public Task Again(SignInRequest request, UserPoolClient client, AwsError error, Func<string, Content> page, string check = "page")
    {
        request.Explain(check, error);
        return Show(request, client, page(error.Message.TrimEnd()), error.Code == "TooManyRequestsException" ? 429 : 200);
    }

    private static string TypeOf(ReadOnlySpan<byte> image) => image switch
    {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x47, 0x49, 0x46, ..] => "image/gif",
        _ => "image/png",
    };
}
