import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/**
 * Server is one OpenSearch node for tests. Its arguments are its folder and its
 * port on loopback; it runs until it is killed.
 */
public final class Server extends Node {
    private Server(Settings settings) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "test"), List.of(Netty4Plugin.class), true);
    }

    public static void main(String[] args) throws Exception {
        Settings settings = Settings.builder()
            .put("path.home", args[0])
            .put("network.host", "127.0.0.1")
            .put("http.port", args[1])
            .put("transport.port", "0") // any
            .put("http.type", "netty4")
            .put("transport.type", "netty4")
            .put("discovery.type", "single-node")
            // A full disk is not what these tests are about.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        new Server(settings).start();
        Thread.currentThread().join();
    }
}
