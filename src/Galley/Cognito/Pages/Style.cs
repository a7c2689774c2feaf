using System.Security.Cryptography;
using System.Text;

namespace Galley.Cognito.Pages;

/// <summary>The style sheet and the script of the hosted pages. Both are in the page; the content security policy allows exactly these.</summary>
internal static class Style
{
    public const string Sheet = """
        :root{color-scheme:light dark;--page:#eef1f7;--page2:#e2e8f5;--card:#fff;--text:#141c2b;--soft:#525f75;--line:#bfc8d8;--hair:#e3e8f1;--accent:#2850d8;--accent2:#6a3fe0;--on:#fff;--bad:#a3211a;--badbg:#fdecea;--good:#17633a;--goodbg:#e7f6ed;--field:#fff;--hover:#f3f6fc;--shadow:0 1px 2px rgb(20 28 43/.05),0 18px 48px -12px rgb(20 28 43/.18)}
        @media (prefers-color-scheme:dark){:root{--page:#0c1119;--page2:#131b2b;--card:#171e2a;--text:#e8edf6;--soft:#a4b0c4;--line:#465268;--hair:#2a3446;--accent:#8fb0ff;--accent2:#b79bff;--on:#0b1630;--bad:#ffb3aa;--badbg:#3b1d1b;--good:#9adcb4;--goodbg:#153020;--field:#10161f;--hover:#1f2837;--shadow:0 0 0 1px rgb(255 255 255/.03),0 18px 48px -12px rgb(0 0 0/.6)}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;justify-content:center;padding:32px 16px;background:radial-gradient(1100px 620px at 50% -160px,var(--page2),transparent 70%) var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-font-smoothing:antialiased}
        main{width:100%;max-width:432px;background:var(--card);border-radius:20px;box-shadow:var(--shadow);overflow:hidden}
        .brand{display:flex;align-items:center;gap:12px;padding:32px 36px 0;min-height:44px}
        .mark{flex:none;display:grid;place-items:center;width:44px;height:44px;border-radius:13px;background:linear-gradient(135deg,var(--accent),var(--accent2));color:var(--on);font-size:20px;font-weight:700}
        .app{margin:0;font-size:15px;font-weight:600;color:var(--soft);overflow-wrap:anywhere;line-height:1.3}
        .logo{display:block;max-width:100%;max-height:72px}
        .content{padding:22px 36px 34px}.bare{height:16px}
        h1{margin:0 0 8px;font-size:26px;line-height:1.22;font-weight:680;letter-spacing:-.018em;overflow-wrap:anywhere}
        h2{margin:0 0 8px;font-size:16px;line-height:1.35}
        p{margin:0 0 16px;overflow-wrap:anywhere}
        .lead{margin:0 0 22px;color:var(--soft)}
        label{display:block;margin:0 0 6px;font-size:14px;font-weight:600}
        .field{margin:0 0 18px}
        .hint{margin:6px 0 0;font-size:13.5px;color:var(--soft)}
        .input{position:relative}
        input:not([type=radio]):not([type=checkbox]){display:block;width:100%;height:48px;padding:0 14px;border:1px solid var(--line);border-radius:11px;background:var(--field);color:inherit;font:inherit;transition:border-color .12s,box-shadow .12s}
        input[aria-invalid=true]{border-color:var(--bad)}
        input:focus-visible{outline:none;border-color:var(--accent);box-shadow:0 0 0 3px color-mix(in srgb,var(--accent) 30%,transparent)}
        .input.secret input{padding-right:72px}
        .eye{position:absolute;right:6px;top:6px;height:36px;padding:0 11px;border:0;border-radius:8px;background:none;color:var(--accent);font:inherit;font-size:14px;font-weight:600;cursor:pointer}
        .button{display:flex;align-items:center;justify-content:center;gap:10px;width:100%;min-height:48px;padding:11px 18px;border:1px solid transparent;border-radius:11px;background:var(--accent);color:var(--on);font:inherit;font-weight:650;text-decoration:none;cursor:pointer;overflow-wrap:anywhere;transition:filter .12s,background .12s}
        .button:hover{filter:brightness(1.09)}
        .button[aria-disabled=true]{opacity:.65;cursor:progress}
        .button.quiet{background:var(--card);color:var(--text);border-color:var(--line);font-weight:600}
        .button.quiet:hover{background:var(--hover);filter:none}
        .button+.button,form+form .button{margin-top:12px}
        .stack{display:grid;gap:12px}
        .stack .button{margin:0}
        .stack form{margin:0}
        .plain{width:auto;min-height:0;margin:0;padding:2px 0;border:0;background:none;color:var(--accent);font:inherit;font-weight:600;text-decoration:underline;text-underline-offset:3px;text-decoration-thickness:1px;cursor:pointer}
        a{color:var(--accent);font-weight:600;text-underline-offset:3px;text-decoration-thickness:1px}
        button:focus-visible,a:focus-visible,summary:focus-visible,input[type=radio]:focus-visible,input[type=checkbox]:focus-visible{outline:3px solid color-mix(in srgb,var(--accent) 60%,transparent);outline-offset:2px}
        .row{display:flex;justify-content:space-between;align-items:baseline;gap:12px}
        .row label{margin:0 0 6px}
        .row a{font-size:14px}
        .below{margin:24px 0 0;padding:20px 0 0;border-top:1px solid var(--hair);text-align:center;font-size:15px;color:var(--soft)}
        .below form{display:inline}
        .or{display:flex;align-items:center;gap:14px;margin:22px 0;color:var(--soft);font-size:14px}
        .or:before,.or:after{content:"";flex:1;height:1px;background:var(--hair)}
        .note{display:flex;gap:10px;margin:0 0 20px;padding:12px 14px;border-radius:11px;font-size:15px;overflow-wrap:anywhere}
        .note svg{flex:none;margin-top:2px}
        .note span{min-width:0}
        .bad{background:var(--badbg);color:var(--bad)}
        .good{background:var(--goodbg);color:var(--good)}
        .code{font-size:22px!important;letter-spacing:.32em;font-variant-numeric:tabular-nums;text-align:center}
        .rules{margin:10px 0 0;padding:12px 14px;border-radius:11px;background:var(--hover);list-style:none;font-size:14px;color:var(--soft)}
        .rules li{position:relative;padding:1px 0 1px 24px}
        .rules li:before{content:"";position:absolute;left:3px;top:8px;width:8px;height:8px;border-radius:50%;border:1.5px solid currentColor}
        .rules li.met{color:var(--good)}
        .rules li.met:before{left:4px;top:5px;width:6px;height:11px;border-radius:0;border-width:0 2.2px 2.2px 0;transform:rotate(42deg)}
        .rules li.unmet{color:var(--bad)}
        .person{display:flex;align-items:center;gap:14px;margin:0 0 18px;padding:14px;border:1px solid var(--hair);border-radius:14px}
        .person b{display:block;font-weight:650;overflow-wrap:anywhere}
        .person div{min-width:0}.person div span{display:block;font-size:14px;color:var(--soft);overflow-wrap:anywhere}
        .face{flex:none;display:grid;place-items:center;width:42px;height:42px;border-radius:50%;background:var(--page2);color:var(--text);font-weight:700}
        .choice{display:flex;gap:12px;align-items:flex-start;margin:0 0 12px;padding:14px;border:1px solid var(--line);border-radius:12px;cursor:pointer;font-weight:400;font-size:16px}
        [role=radiogroup]{margin:0 0 20px}
        .choice:hover{background:var(--hover)}
        .choice input{width:20px;height:20px;margin:2px 0 0;accent-color:var(--accent);flex:none}
        .choice b{display:block;font-weight:650}
        .choice span span{display:block;font-size:14px;color:var(--soft)}
        .qr{display:grid;place-items:center;margin:0 0 18px;padding:18px;border-radius:14px;background:#fff;border:1px solid var(--hair)}
        .qr svg{display:block;width:196px;height:196px}
        .secretkey{display:block;padding:11px 14px;border-radius:11px;background:var(--hover);font:600 14px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.04em;overflow-wrap:anywhere;user-select:all}
        ol{margin:0 0 18px;padding:0 0 0 22px;color:var(--soft);font-size:15px}
        li{margin:2px 0}
        details{margin:0 0 18px;font-size:15px}
        summary{cursor:pointer;color:var(--accent);font-weight:600;margin:0 0 10px}
        code{font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft);overflow-wrap:anywhere}
        @media (max-width:520px){body{padding:0;justify-content:flex-start;background:var(--card)}main{max-width:none;border-radius:0;box-shadow:none}.brand{padding:28px 22px 0}.content{padding:20px 22px 36px}}
        @media (prefers-reduced-motion:reduce){*{transition:none!important}}
        """;

    /// <summary>Only comfort: rules ticked while typing, a password shown on request, no form sent twice. Every page works without it.</summary>
    public const string Script = """
        (()=>{const $=(s,r)=>[...(r||document).querySelectorAll(s)];
        $('input[type=password]').forEach(i=>{const b=document.createElement('button');b.type='button';b.className='eye';b.textContent='Show';b.setAttribute('aria-label','Show password');b.setAttribute('aria-pressed','false');b.onclick=()=>{const s=i.type==='password';i.type=s?'text':'password';b.textContent=s?'Hide':'Show';b.setAttribute('aria-pressed',s)};i.parentElement.classList.add('secret');i.after(b)});
        const has={lower:v=>/[a-z]/.test(v),upper:v=>/[A-Z]/.test(v),number:v=>/[0-9]/.test(v),symbol:v=>/[\^$*.\[\]{}()?\-"!@#%&\/\\,><':;|_~`+= ]/.test(v)};
        const rules=$('#rules')[0],p=$('#password')[0];
        if(rules&&p)p.addEventListener('input',()=>$('li',rules).forEach(l=>{const n=l.dataset.min,ok=n?p.value.length>=+n:has[l.dataset.rule](p.value);l.classList.toggle('met',ok);l.classList.toggle('passwordCheck-valid-customizable',ok);l.classList.toggle('passwordCheck-notValid-customizable',!ok)}));
        const c=$('#confirm_password')[0];
        if(c&&p){const f=()=>c.setCustomValidity(c.value&&c.value!==p.value?'The passwords do not match.':'');c.addEventListener('input',f);p.addEventListener('input',f)}
        $('form').forEach(f=>f.addEventListener('submit',e=>{if(f.dataset.sent){e.preventDefault();return}f.dataset.sent=1;$('button.button',f).forEach(b=>b.setAttribute('aria-disabled','true'))}));
        addEventListener('pageshow',()=>$('form').forEach(f=>{delete f.dataset.sent;$('button.button',f).forEach(b=>b.removeAttribute('aria-disabled'))}));
        })();
        """;

    private static readonly string SheetHash = Hash(Sheet);
    private static readonly string ScriptHash = Hash(Script);

    /// <summary>The policy of a page: these two, the pool's own style sheet if it has one, and pictures that are in the page.</summary>
    public static string Policy(string? ownSheet)
        => $"default-src 'none'; style-src '{SheetHash}'{(ownSheet is null ? "" : $" '{Hash(ownSheet)}'")}; script-src '{ScriptHash}'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
