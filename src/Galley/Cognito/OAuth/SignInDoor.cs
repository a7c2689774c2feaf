using Galley.Cognito.Federation;
using Galley.Cognito.Pages;
using Galley.Store;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Cognito.OAuth;

/// <summary>`&lt;prefix&gt;.auth.&lt;region&gt;.amazoncognito.com`: the OAuth endpoints and the pages of the pool that has the prefix, or the custom domain.</summary>
internal sealed class SignInDoor(
    Installation installation, AuthorizeChecks checks, Authorize authorize, Endpoints endpoints, HostedPages pages, FederationPages federation) : IDoor
{
    private static readonly string[] Post = ["POST"], GetAndPost = ["GET", "POST"];

    public HostKind Kind => HostKind.SignIn;

    public async ValueTask<ClaimedName?> Claim(string host)
        => await installation.Store.Read(tx => tx.Get(Keys.HostPointer(host), CognitoJson.Default.PoolPointer)) is { } at ? new ClaimedName(host, at.Region) : null;

    public async Task Serve(DoorRequest door)
    {
        var pool = await installation.Store.Read(async tx =>
            await UserPools.Pointer(tx, Keys.DomainPointer(door.Region, door.Id)) is { } at ? await UserPools.Find(tx, at.Pool) : null);
        if (pool is null)
        {
            door.Http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var request = new SignInRequest(door, pool, installation.Ids);
        if (door.RawPath.StartsWith("/oauth2/", StringComparison.Ordinal) && door.RawPath is not ("/oauth2/authorize" or FederationPages.ReturnPath)) await ServeApplication(request);
        else await ServeBrowser(request);
    }

    /// <summary>What applications call with code of their own, also out of a browser: no cookie counts here, so any origin may.</summary>
    private async Task ServeApplication(SignInRequest request)
    {
        var headers = request.Http.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        if (request.Method == "OPTIONS")
        {
            headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
            headers.AccessControlAllowHeaders = "authorization, content-type, x-amz-user-agent, cache-control";
            headers.AccessControlMaxAge = "86400";
            return;
        }

        var (methods, serve) = request.Path switch
        {
            "/oauth2/token" => (Post, (Func<SignInRequest, Task>)endpoints.Token.Serve),
            "/oauth2/userInfo" => (GetAndPost, endpoints.UserInfo.Serve),
            "/oauth2/revoke" => (Post, endpoints.Revoke.Serve),
            _ => ([], null),
        };
        if (serve is null) request.Http.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (methods.Contains(request.Method)) await Guarded(request, serve);
        else
        {
            headers.Allow = string.Join(", ", methods);
            request.Http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
    }

    private async Task ServeBrowser(SignInRequest request)
    {
        switch (request.Method, request.Path)
        {
            case ("GET" or "HEAD", "/oauth2/authorize"):
                await authorize.Begin(request);
                return;
            case ("POST", "/oauth2/authorize") when installation.Options.StrictOidc:
                await Authorize.BeginByForm(request);
                return;
            case ("GET", "/logout"):
            case ("POST", "/logout") when installation.Options.StrictOidc:
                await endpoints.Logout.Serve(request);
                return;
            case ("GET", FederationPages.ReturnPath):
                await federation.Return(request);
                return;
            case ("GET", "/confirmUser") when request.Query("confirmation_code") is { } code && request.Query("user_name") is { } user:
                var clientId = request.Query("client_id") ?? "";
                if (await installation.Store.Read(tx => Clients.Find(tx, request.Pool.Ref, clientId)) is { } client) await pages.SignUp.ConfirmByLink(request, client, user, code);
                else await request.ErrorPage("Client does not exist.");
                return;
            case ("GET", "/error"):
                await request.ErrorPage(request.Query("error") ?? "unknown_error");
                return;
        }

        if (pages.Find(request.Method, request.Path) is not { } page)
        {
            request.Http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (request.Method == "POST" && (!await request.ReadForm() || !request.IsFromOwnPage()))
        {
            await request.ErrorPage("Invalid CSRF token", StatusCodes.Status403Forbidden);
            return;
        }

        var (asked, refusal) = await checks.Read(request);
        if (asked is null) await Authorize.Refuse(request, refusal!);
        else await page(request, asked);
    }

    private static async Task Guarded(SignInRequest request, Func<SignInRequest, Task> serve)
    {
        try
        {
            await serve(request);
        }
        catch (AwsError)
        {
            await request.Error("invalid_request");
        }
    }
}

/// <summary>The endpoints beside the pages.</summary>
internal sealed record Endpoints(Token Token, UserInfo UserInfo, Revoke Revoke, Logout Logout);

/// <summary>Method and path of every page.</summary>
internal sealed class HostedPages(LoginPages login, SignUpPages signUp, PasswordPages password, MfaPages mfa)
{
    public SignUpPages SignUp => signUp;

    public Func<SignInRequest, AuthorizeRequest, Task>? Find(string method, string path) => (method, path) switch
    {
        ("GET", "/login") => login.Show,
        ("POST", "/login") => login.Submit,
        ("GET", "/signup") => signUp.Show,
        ("POST", "/signup") => signUp.Submit,
        ("GET", "/confirmUser") => signUp.ShowConfirm,
        ("POST", "/confirmUser") => signUp.Confirm,
        ("POST", "/resendcode") => signUp.Resend,
        ("GET", "/forgotPassword") => password.ShowForgot,
        ("POST", "/forgotPassword") => password.Forgot,
        ("GET", "/confirmForgotPassword") => password.ShowReset,
        ("POST", "/confirmForgotPassword") => password.Reset,
        ("GET", "/changePassword") => password.ShowChange,
        ("POST", "/changePassword") => password.Change,
        ("GET", "/mfa") => mfa.ShowCode,
        ("POST", "/mfa") => mfa.SubmitCode,
        ("GET", "/selectMfa") => mfa.ShowChoice,
        ("POST", "/selectMfa") => mfa.SubmitChoice,
        ("GET", "/setupMfa") => mfa.ShowSetup,
        ("POST", "/setupMfa") => mfa.SubmitSetup,
        _ => null,
    };
}
