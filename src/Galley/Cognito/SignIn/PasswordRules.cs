using System.Buffers;

namespace Galley.Cognito.SignIn;

/// <summary>A pool's password policy.</summary>
internal static class PasswordRules
{
    private static readonly SearchValues<char> Symbols = SearchValues.Create("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ");

    public static void Check(UserPool pool, string password, string member = "password")
    {
        if (password.Length < 6) throw Errors.Parameter($"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length greater than or equal to 6");
        if (password.Length > 256) throw Errors.Parameter($"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to 256");
        if (Broken(pool, password) is { } why) throw Errors.Password(why);
    }

    /// <summary>The rules in words, each with the mark by which a page's script ticks it.</summary>
    public static IEnumerable<(string Mark, string Text)> InWords(PasswordPolicy policy)
    {
        yield return ($"data-min=\"{policy.MinimumLength}\"", $"Password must contain at least {policy.MinimumLength} characters");
        if (policy.RequireLowercase == true) yield return ("data-rule=\"lower\"", "Password must contain a lower case letter");
        if (policy.RequireUppercase == true) yield return ("data-rule=\"upper\"", "Password must contain an upper case letter");
        if (policy.RequireNumbers == true) yield return ("data-rule=\"number\"", "Password must contain a number");
        if (policy.RequireSymbols == true) yield return ("data-rule=\"symbol\"", "Password must contain a special character or a space");
    }

    private static string? Broken(UserPool pool, string password)
    {
        var policy = pool.PasswordPolicy;
        if (password.Length < policy.MinimumLength) return "Password not long enough";
        if (password.StartsWith(' ') || password.EndsWith(' ')) return "Password must not begin or end with a space";
        if (policy.RequireUppercase == true && !password.Any(char.IsAsciiLetterUpper)) return "Password must have uppercase characters";
        if (policy.RequireLowercase == true && !password.Any(char.IsAsciiLetterLower)) return "Password must have lowercase characters";
        if (policy.RequireNumbers == true && !password.Any(char.IsAsciiDigit)) return "Password must have numeric characters";
        if (policy.RequireSymbols == true && !password.AsSpan().ContainsAny(Symbols)) return "Password must have symbol characters";
        return null;
    }
}
