//! A server of the Model Context Protocol over standard input and output: what programs that write code ask of a project.
//!
//! It reads, and writes nothing. [`Project`] has the sessions and keeps them up to date, on a thread of its own, so that a
//! client is heard while a question is worked on; [`tools`] has the questions; [`arguments`] says what is none.

mod answers;
mod arguments;
mod project;
mod stdio;
mod tools;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};

use anyhow::{Context as _, Result, anyhow};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use tokio::sync::oneshot;

use self::answers::Answer;
use self::project::Project;
use crate::arguments::ProjectArguments;

const INSTRUCTIONS: &str = "ringfence says which module of this Python project may import which. Ask `can` before you write an import, \
    `check` with the text of a file before you save it, and `modules` for the boundaries and their interfaces. Nothing is ever written.";

/// A question, and who waits for the answer.
struct Job {
    tool: String,
    arguments: JsonObject,
    reply: oneshot::Sender<Result<Answer>>,
}

struct Server {
    jobs: Sender<Job>,
}

/// Serves until the client closes standard input.
///
/// # Errors
/// Where no thread can be started, or the client does not speak the protocol.
pub(crate) fn serve(arguments: ProjectArguments) -> Result<()> {
    let (jobs, waiting) = mpsc::channel();
    std::thread::Builder::new()
        .name("questions".to_string())
        // As much as a command has.
        .stack_size(8 << 20)
        .spawn(move || work(Project::new(arguments), &waiting))
        .context("cannot start a thread")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .context("cannot start a runtime")?;
    let (transport, output) = stdio::open(runtime.handle())?;
    runtime.block_on(async {
        let running = Server { jobs }.serve(transport).await.map_err(|error| anyhow!("{error}"))?;
        running.waiting().await.map_err(|error| anyhow!("{error}"))?;
        output.finish().await
    })
}

/// Answers one question after the other.
fn work(mut project: Project, waiting: &Receiver<Job>) {
    for Job { tool, arguments, reply } in waiting {
        // Who asked may have thought better of it.
        if reply.is_closed() {
            continue;
        }
        let answer = catch_unwind(AssertUnwindSafe(|| tools::answer(&mut project, &tool, arguments)));
        let answer = answer.unwrap_or_else(|_| {
            project.forget();
            Err(anyhow!("internal error; this is a bug of ringfence"))
        });
        // Nobody may listen any more.
        drop(reply.send(answer));
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("ringfence", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult { tools: tools::all(), ..ListToolsResult::default() })
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !tools::exists(&request.name) {
            let shown: String = request.name.chars().take(100).collect();
            return Err(ErrorData::invalid_params(format!("there is no tool `{shown}`"), None));
        }
        let (reply, answer) = oneshot::channel();
        let tool = request.name.into_owned();
        let job = Job { tool, arguments: request.arguments.unwrap_or_default(), reply };
        let gone = |()| ErrorData::internal_error("nothing answers any more", None);
        self.jobs.send(job).map_err(|_| gone(()))?;
        let result = match answer.await.map_err(|_| gone(()))? {
            Ok(Answer { lines, value }) => {
                let mut result = CallToolResult::success(vec![ContentBlock::text(lines)]);
                result.structured_content = Some(value);
                result
            }
            Err(error) => CallToolResult::error(vec![ContentBlock::text(answers::harmless_lines(&format!(
                "{error:#}"
            )))]),
        };
        Ok(result.into())
    }
}
