-- What somebody does in Neovim: looks at the findings of the demo, takes a fix, allows a dependency. Run by try_neovim.sh.
local root = assert(vim.env.RINGFENCE_DEMO)
local vim_lsp = vim.lsp

local function fail(message)
    error(message, 0)
end

--- Waits until `what` gives something that is true, and gives it.
local function wait(title, what)
    local got
    vim.wait(20000, function()
        got = what()
        return got
    end, 20)
    return got or fail(title .. ": nothing after 20 s")
end

local client = vim_lsp.start_client({
    name = "ringfence",
    cmd = { assert(vim.env.RINGFENCE), "server" },
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = "demo" } },
}) or fail("the server cannot be started")

local function open(name)
    vim.cmd("edit " .. vim.fn.fnameescape(root .. "/" .. name))
    local buffer = vim.api.nvim_get_current_buf()
    assert(vim_lsp.buf_attach_client(buffer, client), "not attached")
    return buffer
end

local function text(buffer)
    return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), "\n") .. "\n"
end

--- The findings of a code in a buffer.
local function findings(buffer, code)
    return vim.tbl_filter(function(it)
        return it.code == code
    end, vim.diagnostic.get(buffer))
end

local function first(buffer, code)
    return wait(code, function()
        return findings(buffer, code)[1]
    end)
end

--- Puts the cursor on a finding and chooses the code action whose title starts with `title`, as a user does from the menu.
local function choose(finding, title)
    vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
    local seen, chosen = {}, nil
    vim.ui.select = function(items, _, on_choice)
        for _, item in ipairs(items) do
            local action = item[2]
            table.insert(seen, action.title)
            if not chosen and vim.startswith(action.title, title) then
                chosen = item
            end
        end
        on_choice(chosen)
    end
    vim_lsp.buf.code_action()
    wait("the action `" .. title .. "`", function()
        if #seen > 0 and not chosen then
            fail("no action `" .. title .. "` among: " .. table.concat(seen, "; "))
        end
        return chosen
    end)
end

local function contains(buffer, part)
    return string.find(text(buffer), part, 1, true) ~= nil
end

local function main()
    -- What is shown.
    local service = open("src/shop/orders/service.py")
    local finding = first(service, "RF201")
    print("shown: " .. finding.message)
    assert(finding.lnum == 0 and finding.col == 32 and finding.end_col == 38, "at the name that is private")
    assert(finding.severity == vim.diagnostic.severity.ERROR, "an error")
    assert(finding.source == "ringfence", "of ringfence")

    -- The re-export fix.
    choose(finding, "Import `charge` from `shop.billing`")
    wait("the fixed buffer", function()
        return contains(service, "from shop.billing import charge\n")
    end)
    assert(not contains(service, "shop.billing.ledger"), "the old import is gone")
    wait("no RF201 any more", function()
        return #findings(service, "RF201") == 0
    end)
    assert(#findings(service, "RF103") == 1, "the other finding is still there")
    vim.cmd("write")

    -- What hover says.
    vim.api.nvim_win_set_cursor(0, { 1, 8 })
    local answers = vim_lsp.buf_request_sync(service, "textDocument/hover", vim_lsp.util.make_position_params(), 20000)
    local hover = vim.inspect(answers)
    assert(string.find(hover, "shop.orders", 1, true) and string.find(hover, "shop.billing", 1, true), hover)

    -- Allow a dependency: an edit of the config.
    local cards = open("src/shop/plugins/gift_cards.py")
    choose(first(cards, "RF101"), "Add `shop.customers` to `depends-on`")
    local config = root .. "/ringfence.toml"
    wait("the config with the dependency", function()
        local buffer = vim.fn.bufnr(config)
        return buffer ~= -1 and contains(buffer, 'depends-on = ["shop.catalog", "shop.customers"]')
    end)
    vim.cmd("wall")
    -- Neovim 0.7 tells the server of the config only once it is open for it; from then on at once.
    local opened = open("ringfence.toml")
    assert(contains(opened, 'forbids = [{ module = "shop.billing", reason = "plugins never touch money" }]'), "the rest stays")
    wait("no RF101 any more", function()
        return #findings(cards, "RF101") == 0
    end)

    -- A mistake in the config is said there, and does not take the findings away.
    vim.api.nvim_buf_set_lines(opened, 0, 0, true, { "colour = 1" })
    local function mistake()
        return vim.tbl_filter(function(it)
            return it.lnum == 0
        end, vim.diagnostic.get(opened))[1]
    end
    print("shown: " .. wait("the mistake", mistake).message)
    assert(#findings(service, "RF103") == 1, "the last good policy stays")
    vim.cmd("undo")
    wait("no mistake any more", function()
        return not mistake()
    end)
end

local done, message = pcall(main)
if not done then
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
        for _, it in ipairs(vim.diagnostic.get(buffer)) do
            print(string.format("%s:%d: %s %s", vim.api.nvim_buf_get_name(buffer), it.lnum + 1, it.code, it.message))
        end
    end
    print("failed: " .. tostring(message))
end
vim_lsp.stop_client(client)
vim.wait(5000, function()
    return vim_lsp.client_is_stopped(client)
end)
io.stdout:write("\n")
vim.cmd(done and "qall!" or "cquit 1")
